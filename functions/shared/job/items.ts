import type { CustomSendReturn, Protocol } from '../customsend/call.ts';
import type { Key } from '../dynamodb/keys.ts';
import type { FileEncoding } from '../files/names.ts';
import type { MessageLimits } from '../message/check-recipient.ts';
import type { Message } from '../message/message.ts';
import type { Personalise } from '../message/personalise.ts';
import type { Problem } from '../problem/field-error.ts';
import type { Dialect } from '../settings.ts';
import type { BatchState, Counts, FinalStatus } from './states.ts';

/** What happened to a job or a batch, when (epoch milliseconds) and why. */
export interface TimelineEntry {
  at: number;
  event: string;
  detail?: string;
  batch?: number;
}

/** The rules by which a job is batched, fixed when its key is first seen, so that a request that takes over writes the same batches. */
export interface BatchingSnapshot {
  createdAt: number;
  phonesPerCall: number;
  requestBytes: number;
  protocol: Protocol;
  dialect: Dialect;
}

/**
 * A job that is being created. The job's id follows from caller and key, so its item is the idempotency record too: the request that
 * writes it first creates the job, and no other request may until `creatingUntil`. It is invisible and cannot be sent.
 */
export interface CreatingJob extends Key {
  jobId: string;
  status: 'creating';
  /** SHA-256 of the canonical body, hexadecimal. */
  hash: string;
  snapshot: BatchingSnapshot;
  /** Random id of the request that creates it. */
  owner: string;
  creatingUntil: number;
  /** The job's recipients have been taken out of the day's limit. */
  counted?: boolean;
  expiresAt: number;
}

/** When a job is to be sent, and who holds it until then. */
export interface SendTime {
  /** Epoch milliseconds. */
  sendTime: number;
  /** `eventbridge`: we do, by a schedule. `provider`: it is sent at once, with its SendTime. */
  scheduler: 'eventbridge' | 'provider';
  /** SendTime for the provider: whole seconds in its own zone. */
  providerSendTime?: string;
}

/** A line of a file that cannot be sent to. */
export interface BadLine extends Problem {
  /** From 1, the header of a CSV file counted in; where a record has several lines, the first of them. */
  line: number;
}

/** How far a file has been read. Lists hold the first 100; the counts count all. */
export interface FileProgress {
  lines: number;
  bytesRead: number;
  /** Batches that are written, and the recipients in them. */
  batches: number;
  recipients: number;
  badLines: { count: number; first: readonly BadLine[] };
  removed: { count: number; places: readonly { place: string; firstPlace: string }[] };
}

/** How a file is to be read. */
export interface FileReading {
  /** Name of the column with the phones; found by itself unless given. */
  phoneColumn?: string | undefined;
  /** Found by itself unless given. */
  encoding?: FileEncoding | undefined;
  personalise: Personalise;
  allowEmpty: boolean;
}

/** How a file turned out to be written. */
export interface FileFormatFound {
  encoding?: FileEncoding | undefined;
  /** Between the cells of a CSV file. */
  separator?: string | undefined;
  /** Columns that the pattern does not need. */
  ignoredColumns?: readonly string[] | undefined;
  /** The first texts as their recipients will read them. */
  firstTexts?: readonly string[] | undefined;
}

/** A file of recipients. Everything that decides how it is batched is fixed here, so that every run makes the same batches. */
export interface JobFile {
  uploadId: string;
  /** Key of the object in the bucket of files. */
  object: string;
  onBadLines: 'refuse' | 'skip';
  /** How it is to be read, as its request says. */
  reading: FileReading;
  snapshot: BatchingSnapshot;
  limits: MessageLimits;
  /** Of the object as the first run found it: every later one reads the same or nothing. */
  etag?: string;
  bytesTotal?: number;
  found?: FileFormatFound;
  progress: FileProgress;
  /** Its recipients have been taken out of the day's limit. */
  counted?: boolean;
  /** Runs in a row that wrote no batch. */
  idleRuns: number;
  /** Why the job was refused, and at which line if it was one. */
  refusal?: { code: string; detail: string; line?: number };
}

/** A change of a job that its listeners have still to hear of. With the job's id, `rev` tells it from every other event. */
export interface OutboxEvent {
  status: FinalStatus | 'attention';
  rev: number;
  /** Epoch milliseconds. */
  at: number;
  counts: Counts;
}

/** What the calls of a job came to. */
export interface JobUsage {
  /** Calls that the provider saw, or may have seen. */
  calls: number;
  /** SMS segments of the batches that it accepted, those of numbers that it refused included; strings that cannot be read count nothing. */
  segments: number;
}

/** What every job has. Its item is the seal: a job without it, or one that is `creating` or `preparing`, cannot be sent. */
interface JobHead extends Key, Partial<SendTime> {
  jobId: string;
  caller: string;
  /** The caller's Idempotency-Key. */
  key: string;
  /** SHA-256 of the canonical body, hexadecimal. */
  hash: string;
  callerKey: string;
  /** Of the index by status: present unless the job is completed, or is being sent by the request that created it. */
  statusKey?: string;
  /** RFC 3339, for the indexes by caller and by status. */
  createdAt: string;
  updatedAt: number;
  rev: number;
  /** Random id of the request that sealed it. */
  sealedBy: string;
  message: Message;
  smsType: number;
  postFixNumber: string;
  /** The binding of this job's calls, where the stage's own cannot carry them. */
  protocol?: Protocol;
  /** Its calls are made with the caller's own token, which is not stored: only the request itself can send it. */
  token?: 'caller';
  /** The caller's own name for it, such as an order number; not unique. */
  reference?: string;
  /** Of the index by reference: present with a reference. */
  referenceKey?: string;
  /** Its phones in short, of a small job, in the index by caller too (see phone-hint.ts). */
  phoneHint?: Uint8Array;
  /** The job whose recipients it sends to again, and the jobs that send again to recipients of this one. */
  resendOf?: string;
  resentAs?: readonly string[];
  /** SHA-256 of the drop-in request that it came from, by which the same request again finds it. */
  fingerprint?: string;
  batchCount: number;
  recipients: number;
  counts: Counts;
  /** As of the last change of `counts`. */
  usage?: JobUsage;
  /** Recipients left out as duplicates: how many, and the places of the first of them. */
  removed?: { count: number; places: readonly { place: string; firstPlace: string }[] };
  /** No batch is called after this moment. */
  notAfter: number;
  /** How often `sendTime` was fixed, from 1, for a job that this service holds. What was arranged for an earlier time does nothing. */
  gen?: number;
  /** The last `gen` that has a schedule. */
  scheduleGen?: number;
  /** Random id of the request that changed the time last. */
  rescheduledBy?: string;
  cancelledAt?: number;
  /** Where its recipients come from, for a job whose recipients come from a file. */
  file?: JobFile;
  /** When the dispatch messages of all batches were in the queue. Absent: the sweep queues them. */
  queuedAt?: number;
  /** A dispatch message was dropped because of a pause since the messages were last queued. */
  dropped?: boolean;
  timeline: TimelineEntry[];
  /** Events that are not on the bus yet, oldest first. While there are any, the sweep looks at the job. */
  outbox?: OutboxEvent[];
  /** Present while the sweep has to look at the job. */
  openShard?: string;
  wakeAt?: number;
  /** How long it is kept after it was due, in days; renewed while it is not over. */
  retentionDays: number;
  /** The batch of a job that was created with a single one: it has no item of its own. */
  only?: InlineBatch;
  /** Its recipients as JSON, if they are short. */
  payload?: string;
  expiresAt: number;
}

/** A job whose file is still being read. */
export interface PreparingJob extends JobHead {
  status: 'preparing';
  file: JobFile;
  /** Random id of the run that reads the file, which has it to itself until `preparedUntil`. */
  preparedBy?: string;
  preparedUntil?: number;
}

/** A job that this service holds until its time. */
export interface ScheduledJob extends JobHead {
  status: 'scheduled';
  sendTime: number;
  scheduler: 'eventbridge';
  gen: number;
}

/** A job that is due and not over. */
export interface DueJob extends JobHead {
  status: 'queued' | 'sending' | 'attention';
}

/** A job that is over. */
export interface EndedJob extends JobHead {
  status: FinalStatus;
}

/** A job, by its status. */
export type JobItem = PreparingJob | ScheduledJob | DueJob | EndedJob;

/** The item under a job's key. */
export type JobRecord = CreatingJob | JobItem;

/** A person's decision on one unknown try. */
export interface Settlement {
  try: number;
  as: 'accepted' | 'rejected' | 'resend';
  by: string;
  why: string;
  at: number;
}

/** Evidence that came after a settlement. */
export interface LateAnswer {
  at: number;
  try: number;
  outcome: string;
  code: string;
}

/** What the last call, or the end of waiting, said about a batch. */
interface LastOutcome {
  /** Stable code, HTTP status and one sentence of the last outcome. */
  code?: string;
  httpStatus?: number | null;
  reason?: string;
  /** RetCode and Message verbatim, the latter cut to fit; whole in the answer. */
  retCode?: string | null;
  message?: string | null;
  /** How often this try was not sent. */
  notSent?: number;
}

/** What every batch has: at most one call for each number of `try`, which only a settlement raises. */
interface BatchHead extends LastOutcome {
  jobId: string;
  batch: number;
  /** Where it is stored: in an item of its own, or inside its job's item. */
  stored: 'item' | 'job';
  try: number;
  recipients: number;
  timeline: TimelineEntry[];
  expiresAt: number;
  /** SMS segments of its texts, where they can be read. */
  segments?: number | undefined;
  /** Random id of the last claim. */
  claim?: string;
  claimAt?: number;
  /** For a try that a person asked for: it is not called after this moment, whatever the job says. */
  notAfter?: number;
  /** What a person decided that an unknown try of it was. */
  settlement?: Settlement;
  /** What the call turned out to be after a person had settled it. */
  lateAnswer?: LateAnswer;
  /** The provider's answer to the last try, if it is short and the batch is stored inside its job. */
  answer?: CustomSendReturn;
}

/** A batch that waits for its call. */
export interface WaitingBatch extends BatchHead {
  state: 'waiting';
  /** Not to be claimed before this moment. */
  notBefore?: number;
}

/** A batch that one process, and no other, may call the provider for. */
export interface SendingBatch extends BatchHead {
  state: 'sending';
  claim: string;
  claimAt: number;
  /** The first byte may leave before this moment. */
  sendBy: number;
  /** When the sweep may call the batch unknown (it adds a grace period). */
  leaseEnd: number;
}

/** A batch of which it is not known whether it was sent. */
export interface UnknownBatch extends BatchHead {
  state: 'unknown';
  claim: string;
  claimAt: number;
}

/** A batch that will not change by itself any more. */
export interface ClosedBatch extends BatchHead {
  state: 'accepted' | 'rejected' | 'cancelled' | 'expired';
  /** Phones of this batch that the provider named in ErrorPhones. */
  errorPhones?: number;
}

/** A batch, by its state. */
export type BatchItem = WaitingBatch | SendingBatch | UnknownBatch | ClosedBatch;

/** A batch inside its job's item: without what the job says already. */
export type InlineBatch = Record<string, unknown> & { state: BatchState; try: number; timeline: TimelineEntry[] };

/** The provider's answer to one try, whole, in an item of its own. Read only when the batch names the same claim. */
export interface AnswerItem extends Key {
  claim: string;
  answer: CustomSendReturn;
  expiresAt: number;
}

import type { CustomSendReturn, Protocol } from '../customsend/call.ts';
import type { Key } from '../dynamodb/keys.ts';
import type { FileEncoding } from '../files/names.ts';
import type { MessageLimits } from '../message/check-recipient.ts';
import type { Message } from '../message/message.ts';
import type { Personalise } from '../message/personalise.ts';
import type { Problem } from '../problem/field-error.ts';
import type { Dialect } from '../settings.ts';
import type { BatchState, Counts, FinalStatus, JobStatus } from './states.ts';

/** What happened to a job or a batch, when (epoch milliseconds) and why. */
export interface TimelineEntry {
  at: number;
  event: string;
  detail?: string;
  batch?: number;
}

/** The rules by which a job is cut and written, fixed when its key is first seen, so that whoever takes over writes the same. */
export interface BatchingSnapshot {
  jobId: string;
  createdAt: number;
  phonesPerCall: number;
  requestBytes: number;
  protocol: Protocol;
  dialect: Dialect;
}

/** The idempotency key of a caller. The first who writes it makes the job; until `makingUntil` nobody else may. */
export interface KeyItem extends Key {
  jobId: string;
  /** SHA-256 of the canonical body, hexadecimal. */
  hash: string;
  batching: BatchingSnapshot;
  owner: string;
  makingUntil: number;
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

/** A file of recipients. Everything that decides where it is cut is fixed here, so that every run cuts it the same. */
export interface JobFile {
  uploadId: string;
  /** Key of the object in the bucket of files. */
  object: string;
  onBadLines: 'refuse' | 'skip';
  /** How it is to be read, as its request says. */
  reading: FileReading;
  batching: BatchingSnapshot;
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

/** What became of a job, as its listeners have still to be told. With the job's id, `rev` tells it from everything else. */
export interface OutboxEvent {
  status: FinalStatus | 'attention';
  rev: number;
  /** Epoch milliseconds. */
  at: number;
  counts: Counts;
}

/** The job itself. Its presence is the seal, unless it is `preparing`: what has no such item is invisible and cannot be sent. */
export interface JobItem extends Key, Partial<SendTime> {
  jobId: string;
  caller: string;
  /** The caller's Idempotency-Key. */
  key: string;
  callerKey: string;
  statusKey: string;
  /** RFC 3339, for the indexes by caller and by status. */
  createdAt: string;
  updatedAt: number;
  status: JobStatus;
  rev: number;
  /** Random id of the request that sealed it. */
  sealedBy: string;
  message: Message;
  smsType: number;
  postFixNumber: string;
  /** SendTime to the content, in the provider's zone, for a caller who leaves the time to the provider. */
  providerSendTime?: string;
  /** The binding of this job's calls, where the stage's own cannot carry them. */
  protocol?: Protocol;
  /** Its calls are made with the token of whoever asked, which is kept nowhere: only the request itself can send it. */
  token?: 'caller';
  /** SHA-256 of the drop-in request that it came from, by which the same request again finds it. */
  fingerprint?: string;
  batchCount: number;
  recipients: number;
  counts: Counts;
  /** Recipients left out as duplicates: how many, and where the first of them stood. */
  removed?: { count: number; places: readonly { place: string; firstPlace: string }[] };
  /** No batch is called after this moment. */
  notAfter: number;
  /** How often `sendTime` was fixed: from 1, for a job that we hold. What was arranged for an earlier time does nothing. */
  gen?: number;
  /** The last `gen` that has a schedule. */
  scheduleGen?: number;
  /** Random id of the request that changed the time last. */
  rescheduledBy?: string;
  cancelledAt?: number;
  /** Where its recipients come from, for a job whose recipients come from a file. */
  file?: JobFile;
  /** Random id of the run that reads the file, which has it to itself until `preparedUntil`. */
  preparedBy?: string;
  preparedUntil?: number;
  /** When the dispatch messages of all batches were in the queue. Absent: the sweep puts them there. */
  queuedAt?: number;
  /** A dispatch message was dropped because of a pause since the dispatch messages were last put into the queue. */
  dropped?: boolean;
  timeline: TimelineEntry[];
  /** Events that have not been put on the bus yet, oldest first. While there are any, the sweep looks at the job. */
  outbox?: OutboxEvent[];
  /** Present while the sweep has to look at the job. */
  openShard?: string;
  wakeAt?: number;
  /** How long it is kept after it was due, in days; renewed while it is not over. */
  retentionDays: number;
  expiresAt: number;
}

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

/** A batch: at most one call for each number of `try`, which only a settlement raises. Stays below 2 KB. */
export interface BatchItem extends Key {
  jobId: string;
  batch: number;
  try: number;
  state: BatchState;
  recipients: number;
  timeline: TimelineEntry[];
  expiresAt: number;
  /** Random id of whoever claimed it last. */
  claim?: string;
  claimAt?: number;
  /** The first byte may leave before this moment. */
  sendBy?: number;
  leaseEnd?: number;
  /** Not to be claimed before this moment. */
  notBefore?: number;
  /** For a try that a person asked for: not to be called after this moment, whatever the job says. */
  notAfter?: number;
  /** How often this try was not sent. */
  notSent?: number;
  /** Stable code, HTTP status and one sentence of the last outcome. */
  code?: string;
  httpStatus?: number | null;
  reason?: string;
  /** RetCode and Message verbatim, the latter cut to fit; whole in the answer's own item. */
  retCode?: string | null;
  message?: string | null;
  /** What a person decided that an unknown try of it was. */
  settlement?: Settlement;
  /** What the call turned out to be after a person had settled it. */
  lateAnswer?: LateAnswer;
  /** Phones of this batch that the provider named in ErrorPhones. */
  errorPhones?: number;
}

/** The provider's answer to one try, whole. Read only when the batch names the same claim. */
export interface AnswerItem extends Key {
  claim: string;
  answer: CustomSendReturn;
  expiresAt: number;
}

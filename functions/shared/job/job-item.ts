import type { Protocol } from '../customsend/call.ts';
import type { Key } from '../dynamodb/keys.ts';
import type { Message } from '../message/message.ts';
import type { BatchingSnapshot, InlineBatch } from './batch-item.ts';
import type { JobFile } from './job-file.ts';
import type { Counts, FinalStatus } from './states.ts';
import type { TimelineEntry } from './timeline.ts';

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

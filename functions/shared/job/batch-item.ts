import type { CustomSendReturn, Protocol } from '../customsend/call.ts';
import type { Key } from '../dynamodb/keys.ts';
import type { Dialect } from '../settings.ts';
import type { BatchState } from './states.ts';
import type { TimelineEntry } from './timeline.ts';

/** The rules by which a job is batched, fixed when its key is first seen, so that a request that takes over writes the same batches. */
export interface BatchingSnapshot {
  createdAt: number;
  phonesPerCall: number;
  requestBytes: number;
  protocol: Protocol;
  dialect: Dialect;
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

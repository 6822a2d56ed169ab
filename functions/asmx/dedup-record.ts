import { createHash } from 'node:crypto';
import { type CustomSendCall, PARAMETERS } from '../shared/customsend/call.ts';
import { is, isAbsent, isGone } from '../shared/dynamodb/conditions.ts';
import { dedupKey, type Key } from '../shared/dynamodb/keys.ts';
import type { JobContext } from '../shared/job/context.ts';
import { expiryOf } from '../shared/job/deadlines.ts';

/** Under which sequence a request is sent now. Each sequence is one idempotency key, so one job at most. */
export interface DedupRecord {
  sequence: number;
  /** When a request was first given the definite answer of this sequence's job (epoch milliseconds). */
  answeredAt?: number;
}

interface DedupItem extends Key, DedupRecord {
  expiresAt: number;
}

/** SHA-256, hexadecimal, of a caller and the eight parameters: what makes two requests the same, whatever bytes carried them. */
export function fingerprintOf(caller: string, call: CustomSendCall): string {
  return createHash('sha256')
    .update(JSON.stringify([caller, ...PARAMETERS.map((name) => call[name])]))
    .digest('hex');
}

/** One sequence of a request. */
export interface SequenceKey {
  fingerprint: string;
  sequence: number;
}

/** The idempotency key of one sequence. */
export function keyOf({ fingerprint, sequence }: SequenceKey): string {
  return `asmx-${fingerprint}-${sequence}`;
}

/** The sequence that counts now; the first one, if the request was never seen. */
export async function readDedup(context: JobContext, fingerprint: string, retentionDays: number): Promise<DedupRecord> {
  return (await read(context, fingerprint)) ?? begin(context, fingerprint, retentionDays);
}

/** Notes that a request is given the definite answer: from here on the same request may be meant anew. Only the first time counts. */
export async function noteAnswered(context: JobContext, fingerprint: string, { sequence }: DedupRecord): Promise<void> {
  const conditions = [is('sequence', sequence), isAbsent('answeredAt')];
  await context.table.update(dedupKey(fingerprint), { set: { answeredAt: context.now() } }, conditions);
}

/** Goes on to the next sequence. Of several at once one succeeds, and the others go on as if they had. */
export async function advance(context: JobContext, fingerprint: string, { sequence }: DedupRecord, retentionDays: number): Promise<void> {
  const set = { sequence: sequence + 1, expiresAt: expiryFrom(context, retentionDays) };
  await context.table.update(dedupKey(fingerprint), { set, remove: ['answeredAt'] }, [is('sequence', sequence)]);
}

async function begin(context: JobContext, fingerprint: string, retentionDays: number): Promise<DedupRecord> {
  const item: DedupItem = { ...dedupKey(fingerprint), sequence: 1, expiresAt: expiryFrom(context, retentionDays) };
  await context.table.put(item, [isGone(context.now())]);
  return (await read(context, fingerprint)) ?? item;
}

async function read(context: JobContext, fingerprint: string): Promise<DedupRecord | undefined> {
  const item = await context.table.get<DedupItem>(dedupKey(fingerprint));
  return item && item.expiresAt * 1000 > context.now() ? item : undefined;
}

/** A day longer than the job: while a job may be found, so may the way to it. */
function expiryFrom({ now }: JobContext, retentionDays: number): number {
  return expiryOf(now(), retentionDays + 1);
}

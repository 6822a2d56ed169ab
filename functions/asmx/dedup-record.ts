import { createHash } from 'node:crypto';
import { type CustomSendCall, PARAMETERS } from '../shared/customsend/call.ts';
import { expiryOf } from '../shared/job/deadlines.ts';
import { is, isAbsent, isGone } from '../shared/dynamodb/conditions.ts';
import { type Key, sameKey } from '../shared/dynamodb/keys.ts';
import type { Store } from '../shared/job/context.ts';

/** Under which of a request's generations it is sent now. Each generation is one idempotency key, so one job at most. */
export interface Same {
  generation: number;
  /** When somebody was first given the definite answer of this generation's job (epoch milliseconds). */
  answeredAt?: number;
}

interface SameItem extends Key, Same {
  expiresAt: number;
}

/** SHA-256, hexadecimal, of a caller and the eight parameters: what makes two requests the same, whatever bytes carried them. */
export function identityOf(caller: string, call: CustomSendCall): string {
  return createHash('sha256')
    .update(JSON.stringify([caller, ...PARAMETERS.map((name) => call[name])]))
    .digest('hex');
}

/** The idempotency key of one generation. */
export function keyOf({ identity, generation }: { identity: string; generation: number }): string {
  return `asmx-${identity}-${generation}`;
}

/** The generation that counts now; the first one, if the request was never seen. */
export async function readSame(store: Store, identity: string, retentionDays: number): Promise<Same> {
  return (await read(store, identity)) ?? begin(store, identity, retentionDays);
}

/** Notes that somebody is given the definite answer: from here on the same request may be meant anew. Only the first time counts. */
export async function noteAnswered(store: Store, identity: string, { generation }: Same): Promise<void> {
  const conditions = [is('generation', generation), isAbsent('answeredAt')];
  await store.table.update(sameKey(identity), { set: { answeredAt: store.now() } }, conditions);
}

/** Goes on to the next generation. Of several who do so at once one succeeds, and for the others it is as if they had. */
export async function advance(store: Store, identity: string, { generation }: Same, retentionDays: number): Promise<void> {
  const set = { generation: generation + 1, expiresAt: expiryFrom(store, retentionDays) };
  await store.table.update(sameKey(identity), { set, remove: ['answeredAt'] }, [is('generation', generation)]);
}

async function begin(store: Store, identity: string, retentionDays: number): Promise<Same> {
  const item: SameItem = { ...sameKey(identity), generation: 1, expiresAt: expiryFrom(store, retentionDays) };
  await store.table.put(item, [isGone(store.now())]);
  return (await read(store, identity)) ?? item;
}

async function read(store: Store, identity: string): Promise<Same | undefined> {
  const item = await store.table.get<SameItem>(sameKey(identity));
  return item && item.expiresAt * 1000 > store.now() ? item : undefined;
}

/** A day longer than the job: while a job may be found, so may the way to it. */
function expiryFrom({ now }: Store, retentionDays: number): number {
  return expiryOf(now(), retentionDays + 1);
}

import type { Process, State } from './protocol-state.ts';
import { changeKnown, type Draft, end, readBatch, readJob, rollUp, type StepContext, writeBatch } from './protocol-writes.ts';

/** A function ends its claim: the outcome of its call, or what keeps it from calling. */
export function record(draft: Draft): void {
  const { state, own } = draft;
  writeBatch(draft, own.want);
  state.leaseEnded = false;
  changeKnown(draft, () => ({ leaseSame: false }));
  if (state.inline) rollUp(draft, own.want);
}

/** From what a batch may come to the outcome: see BATCH_TRANSITIONS. */
const mayFollow = (want: Process['want'], found: State['batch']) =>
  found === want || found === 'sending' || (found === 'unknown' && (want === 'accepted' || want === 'rejected' || want === 'waiting'));

/** After a failed record: it was applied, or the batch has changed under the same claim, or the claim is not this one's to end any more. */
export function readAfterRecord(draft: Draft, context: StepContext): void {
  const { state, own, id } = draft;
  const lost = state.claim !== id || state.try !== own.seenTry || state.settled === own.seenTry;
  const same = state.batch === own.seen && (!state.inline || own.revSame);
  if (lost || same || !mayFollow(own.want, state.batch)) keepLateAnswer(draft, context);
  else if (state.batch === own.want && !state.leaseEnded && state.batch !== own.seen) end(draft);
  else {
    readBatch(draft);
    readJob(draft);
    own.at = 'record';
  }
}

/** An answer that comes after a settlement is kept as evidence. What was not called has no answer. */
function keepLateAnswer(draft: Draft, { holds }: StepContext): void {
  const { state, own, breaks } = draft;
  const hasAnswer = own.want === 'accepted' || own.want === 'rejected' || own.want === 'unknown';
  const isSettled = state.try !== own.seenTry || state.settled === own.seenTry;
  if (hasAnswer && isSettled && holds('late answer: absent', state.late === 0)) {
    if (state.late !== 0 && state.late !== own.seenTry) breaks('A late answer is written over.');
    state.late = own.seenTry;
  }
  if (hasAnswer && !isSettled && state.batch !== own.want) breaks('An answer is lost.');
  end(draft);
}

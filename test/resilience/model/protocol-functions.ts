import { readAfterRecord, record } from './protocol-record.ts';
import { isOver, isSealed, type Process, type Step } from './protocol-state.ts';
import {
  type Change,
  changeClaim,
  changeOwner,
  type Draft,
  end,
  isClaimAsSeen,
  putBatch,
  putJob,
  readBatch,
  readJob,
  type StepContext,
  type Successor,
  step,
  write,
  writeBatch,
} from './protocol-writes.ts';

const go =
  (at: Step): Change =>
  ({ own }) => {
    own.at = at;
  };
const inSequence =
  (...changes: Change[]): Change =>
  (draft) => {
    for (const change of changes) change(draft);
  };

/** The steps of a function that may hold a claim: a request to send with the one key, or a worker with a dispatch message. */
export function functionSteps(context: StepContext): Successor[] {
  const { state, index } = context;
  const own = state.processes[index] as Process;
  if (own.at === 'idle') return [...requestSteps(context), ...workerSteps(context)];
  return STEPS[own.at] ? [...(STEPS[own.at]?.(context, own) ?? []), step(context, 'dies', end)] : [];
}

/** A request finds its key free, or what a request left behind that was cut off. Whatever else it finds, it answers. */
function requestSteps(context: StepContext): Successor[] {
  const { state } = context;
  if (!context.may('request') || isSealed(state) || (state.status === 'creating' && !state.timedOut)) return [];
  const look: Change = ({ own }) => {
    own.ownerSeen = state.status === 'absent' ? 'absent' : 'same';
  };
  const put = (want: 'waiting' | 'sending') => inSequence(look, go('put'), ({ own }) => Object.assign(own, { want }));
  const now = state.paused ? [] : [step(context, 'will create the job claimed', put('sending'))];
  return [
    ...now,
    step(context, 'will create the job waiting', put('waiting')),
    step(context, 'will create the job in several writes', inSequence(look, go('own'))),
  ];
}

/** A worker takes a batch that waits: as its dispatch message, or the sweep that queues it again, says. A job that is not in the index is not found. */
function workerSteps(context: StepContext): Successor[] {
  const { state } = context;
  const mayTake = isSealed(state) && !isOver(state.status) && state.open && state.batch === 'waiting' && !state.notBefore;
  if (!mayTake || state.cancelled || state.overdue) return [];
  if (state.paused) return [step(context, 'will postpone', inSequence(readBatch, go('postpone')))];
  return [step(context, 'will claim', inSequence(readBatch, go('claim')))];
}

/** What the takeover of a creating item, or the first write of a job, asks. */
function isKeyFree({ state, holds }: StepContext, { ownerSeen }: Process): boolean {
  if (ownerSeen === 'absent') return holds('create: absent', state.status === 'absent');
  const asSeen = ownerSeen === 'same';
  return (
    holds('take over: status', state.status === 'creating') &&
    holds('take over: owner', asSeen) &&
    holds('take over: creatingUntil', asSeen)
  );
}

const claimed: Change = inSequence(go('check'), ({ own }) => Object.assign(own, { seen: 'sending', batchOvertaken: false }));
/** After a failed condition: the process reads the item, and goes on if it carries its own id. */
const recognise =
  (isOwn: (draft: Draft) => boolean, then: Change): Change =>
  (draft) =>
    (isOwn(draft) ? then : end)(draft);
const isSealedBy = ({ state, id }: Draft) => state.sealedBy === id;

const STEPS: Partial<Record<Step, (context: StepContext, own: Process) => Successor[]>> = {
  put: (context, { want, ...own }) => {
    const apply: Change = (draft) => {
      putJob(draft, { claimed: want === 'sending' });
      putBatch(draft, want === 'sending' ? 'sending' : 'waiting');
      draft.state.inline = true;
      draft.own.seenTry = 1;
    };
    const conditions = isKeyFree(context, { want, ...own });
    return write(context, { label: `puts the job, ${want}`, conditions, apply, done: created, failed: recognise(isSealedBy, created) });
  },
  own: (context, own) => {
    const apply: Change = (draft) => {
      if (isSealed(draft.state)) draft.breaks('The key creates a second job.');
      Object.assign(draft.state, { status: 'creating', owner: draft.id, timedOut: false });
      changeOwner(draft);
    };
    const failed = recognise(({ state, id }) => state.status === 'creating' && state.owner === id, go('put batch'));
    return write(context, { label: 'owns the key', conditions: isKeyFree(context, own), apply, done: go('put batch'), failed });
  },
  'put batch': (context) => {
    const { state, holds } = context;
    // A job that another request created inline meanwhile does not see this item.
    const apply: Change = (draft) => !(isSealed(draft.state) && draft.state.inline) && putBatch(draft, 'waiting');
    const conditions = holds('put batch: absent', state.batch === 'absent');
    return write(context, { label: 'puts the batch', conditions, apply, done: go('seal'), failed: go('seal') });
  },
  seal: (context) => {
    const { state, holds, index } = context;
    const conditions = holds('seal: status', state.status === 'creating') && holds('seal: owner', state.owner === String(index + 1));
    const apply: Change = (draft) => {
      putJob(draft, { claimed: false });
      draft.state.inline = false;
    };
    return write(context, { label: 'seals the job', conditions, apply, done: end, failed: end });
  },
  claim: (context, own) => {
    const { state, holds } = context;
    const conditions =
      holds('claim: state', state.batch === 'waiting') &&
      holds('claim: try', state.try === own.seenTry) &&
      holds('claim: notBefore', !state.notBefore) &&
      holds('claim: claim as seen', isClaimAsSeen(state, own));
    return write(context, {
      label: 'claims',
      conditions,
      apply: claim,
      done: claimed,
      failed: recognise(({ state, id }) => state.batch === 'sending' && state.claim === id, claimed),
    });
  },
  postpone: (context, own) => {
    const { state, holds } = context;
    const conditions =
      holds('postpone: state', state.batch === 'waiting') &&
      holds('postpone: try', state.try === own.seenTry) &&
      holds('postpone: claim as seen', isClaimAsSeen(state, own));
    return write(context, { label: 'postpones', conditions, apply: postpone, done: end, failed: end });
  },
  check: (context) => [step(context, 'reads the preconditions', (draft) => check(draft, context))],
  call: (context, { age }) =>
    context.holds('call: sendBy', age === 0) ? callSteps(context) : [step(context, 'is too late to call', willRecord('waiting'))],
  record: (context, own) => {
    const { state, index, holds } = context;
    const conditions =
      holds('record: state', state.batch === own.seen) &&
      holds('record: claim', state.claim === String(index + 1)) &&
      holds('record: try', state.try === own.seenTry) &&
      (!state.inline || holds('record: rev', own.revSame));
    return write(context, {
      label: `records ${own.want}`,
      conditions,
      apply: record,
      done: end,
      failed: (draft) => readAfterRecord(draft, context),
    });
  },
};

const created: Change = (draft) =>
  (draft.own.want === 'sending' ? inSequence(claimed, ({ own }) => Object.assign(own, { seenTry: 1 })) : end)(draft);

function claim(draft: Draft): void {
  const { state, own, id, breaks } = draft;
  if (state.notBefore) breaks('A batch is claimed before its notBefore.');
  writeBatch(draft, 'sending');
  changeClaim(draft, id);
  Object.assign(own, { age: 0, seenTry: state.try, held: state.paused || state.cancelled || state.overdue });
  state.notBefore = false;
}

/** Makes the batch wait longer. That this entry of the timeline may give way to another is accepted: it says only why the batch waits. */
function postpone({ state, own, breaks }: Draft): void {
  if (isOver(state.batch)) breaks(`A batch that is over changes: ${state.batch} is postponed.`);
  if (own.batchOvertaken) breaks('An entry of the timeline of the batch is lost.');
  state.notBefore = true;
}

/** The read after the claim. */
function check(draft: Draft, { holds }: StepContext): void {
  const { state, own } = draft;
  readJob(draft);
  const held = state.cancelled ? 'cancelled' : state.overdue ? 'expired' : state.paused ? 'waiting' : undefined;
  if (holds('check: preconditions after the claim', held === undefined)) own.at = 'call';
  else willRecord(held ?? 'waiting')(draft);
}

const willRecord =
  (want: Process['want']): Change =>
  ({ own }) => {
    Object.assign(own, { at: 'record', want, seen: 'sending' });
  };

/** How the one call goes: answered, refused before its first byte, or without an answer; then the provider has it, or may still take it. */
function callSteps(context: StepContext): Successor[] {
  const bytesLeave: Change = ({ state, own, breaks }) => {
    if (state.called) breaks(`Try ${own.seenTry} is called twice.`);
    if (own.held) breaks('A batch is called although it was held before it was claimed.');
    if (state.settled >= own.seenTry) breaks('A try is called after a person has settled it.');
    state.called = true;
  };
  const taken: Change = ({ state }) => Object.assign(state, { taken: true });
  const inFlight: Change = ({ state, own }) => Object.assign(state, { flight: own.seenTry });
  return [
    step(context, 'calls: accepted', inSequence(bytesLeave, taken, willRecord('accepted'))),
    step(context, 'calls: rejected', inSequence(bytesLeave, willRecord('rejected'))),
    step(context, 'cannot reach the provider', willRecord('waiting')),
    step(context, 'calls: accepted, the answer is lost', inSequence(bytesLeave, taken, willRecord('unknown'))),
    step(context, 'calls: no answer, still under way', inSequence(bytesLeave, inFlight, willRecord('unknown'))),
  ];
}

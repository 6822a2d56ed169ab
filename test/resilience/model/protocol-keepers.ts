import { type BatchState, isOver, isSealed, type Process, type State, type Step, statusOf } from './protocol-state.ts';
import {
  type Change,
  changeClaim,
  type Draft,
  end,
  isClaimAsSeen,
  readBatch,
  readJob,
  rollUp,
  type StepContext,
  type Successor,
  step,
  write,
  writeBatch,
  writeJob,
} from './protocol-writes.ts';

const isOpen = ({ status }: State) => status === 'queued' || status === 'sending' || status === 'attention';

/** The steps of what keeps a job in order: the sweep, a cancel, a person who settles, roll-ups, the publisher. One at a time, in any order. */
export function keeperSteps(context: StepContext): Successor[] {
  const { state, index } = context;
  const own = state.processes[index] as Process;
  if (own.at !== 'idle') return WRITES[own.at] ? [...(WRITES[own.at]?.(context, own) ?? []), step(context, 'dies', end)] : [];
  return isSealed(state) ? [...sweepSteps(context), ...personSteps(context), ...jobSteps(context)] : [];
}

const read = (context: StepContext, at: Step, want: BatchState = 'absent') =>
  step(context, `reads, will ${at} ${want === 'absent' ? '' : want}`.trimEnd(), (draft) => {
    readBatch(draft);
    readJob(draft);
    Object.assign(draft.own, { at, want });
  });

/** What the sweep finds: a lease that is over, and what waits and may not be sent any more. */
function sweepSteps(context: StepContext): Successor[] {
  const { state } = context;
  const isWaiting = state.batch === 'waiting' && state.open;
  return [
    ...(state.batch === 'sending' && state.age >= 1 && state.open ? [read(context, 'end lease')] : []),
    ...(isWaiting && state.cancelled ? [read(context, 'close', 'cancelled')] : []),
    ...(isWaiting && state.overdue && !state.cancelled ? [read(context, 'close', 'expired')] : []),
  ];
}

/** What a person asks for: a cancel; a settlement once no function can be at it any more. */
function personSteps(context: StepContext): Successor[] {
  const { state, holds, may } = context;
  const mark = may('cancel') && isOpen(state) && !state.cancelled ? [read(context, 'mark')] : [];
  if (!may('settle') || state.batch !== 'unknown' || !holds('settle: time', state.age === 2)) return mark;
  const again = state.try === 1 && !state.cancelled ? [read(context, 'settle', 'waiting')] : [];
  return [...mark, read(context, 'settle', 'accepted'), read(context, 'settle', 'rejected'), ...again];
}

function jobSteps(context: StepContext): Successor[] {
  const { state } = context;
  const isRolledUp = state.status === statusOf(state.batch) && state.open === (!isOver(state.status) || state.outbox !== '');
  return [
    ...(isRolledUp || !context.may('roll up') ? [] : [read(context, 'roll up')]),
    ...(state.outbox === '' ? [] : [read(context, 'publish')]),
  ];
}

const WRITES: Partial<Record<Step, (context: StepContext, own: Process) => Successor[]>> = {
  'end lease': (context, own) => {
    const { state, holds } = context;
    const conditions =
      holds('end lease: state', state.batch === 'sending') &&
      holds('end lease: claim', isClaimAsSeen(state, own)) &&
      holds('end lease: leaseEnd', own.leaseSame);
    const apply: Change = (draft) => {
      writeBatch(draft, 'unknown');
      draft.state.leaseEnded = true;
    };
    return write(context, { label: 'ends the lease', conditions, apply, done: end, failed: end });
  },
  close: (context, own) => {
    const { state, holds } = context;
    const conditions = holds('close: state', state.batch === 'waiting') && holds('close: try', state.try === own.seenTry);
    const apply: Change = (draft) => writeBatch(draft, own.want);
    return write(context, { label: `closes as ${own.want}`, conditions, apply, done: end, failed: end });
  },
  'roll up': (context, own) => {
    const conditions = context.holds('roll up: rev', own.revSame);
    return write(context, { label: `rolls up ${own.seen}`, conditions, apply: (draft) => rollUp(draft, own.seen), done: end, failed: end });
  },
  mark: (context, own) => {
    const { state, holds } = context;
    const conditions = holds('mark cancelled: status', isOpen(state)) && holds('mark cancelled: rev', own.revSame);
    return write(context, { label: 'marks the job cancelled', conditions, apply: mark, done: end, failed: end });
  },
  settle: (context, own) => {
    const { state, holds } = context;
    const conditions =
      holds('settle: state', state.batch === 'unknown') &&
      holds('settle: try', state.try === own.seenTry) &&
      holds('settle: claim as seen', isClaimAsSeen(state, own));
    return write(context, { label: `settles as ${own.want}`, conditions, apply: settle, done: end, failed: end });
  },
  publish: (context, own) => {
    const conditions = context.holds('publish: rev', own.revSame);
    return write(context, { label: 'empties the outbox', conditions, apply: removePublished, done: end, failed: end });
  },
};

function mark(draft: Draft): void {
  const { state, breaks } = draft;
  if (isOver(state.status)) breaks('A job that is over changes.');
  writeJob(draft);
  state.cancelled = true;
  state.open = true;
}

/** A person's decision on a try. `waiting` is a resend: the next try, without a claim. */
function settle(draft: Draft): void {
  const { state, own } = draft;
  writeBatch(draft, own.want);
  state.settled = own.seenTry;
  if (own.want !== 'waiting') return;
  changeClaim(draft, '-');
  Object.assign(state, { try: 2, notBefore: false, leaseEnded: false, called: false, taken: false });
}

/** Takes out of the outbox what has been published, which leaves the index when nothing is left of a job that is over. */
function removePublished({ state, own, breaks }: Draft): void {
  if ([...state.outbox].some((event) => !own.taken.includes(event))) breaks('An event is lost.');
  state.outbox = '';
  if (isOver(state.status)) state.open = false;
}

import { type BatchState, type Id, isOver, isSealed, type Process, type State, statusOf } from './protocol-state.ts';

/** The conditions of the protocol, each named by its write and by what it asks. The search can leave out any of them. */
export const CONDITIONS = [
  'create: absent',
  'take over: status',
  'take over: owner',
  'take over: creatingUntil',
  'put batch: absent',
  'seal: status',
  'seal: owner',
  'claim: state',
  'claim: try',
  'claim: notBefore',
  'claim: claim as seen',
  'postpone: state',
  'postpone: try',
  'postpone: claim as seen',
  'check: preconditions after the claim',
  'call: sendBy',
  'record: state',
  'record: claim',
  'record: try',
  'record: rev',
  'late answer: absent',
  'end lease: state',
  'end lease: claim',
  'end lease: leaseEnd',
  'close: state',
  'close: try',
  'roll up: rev',
  'mark cancelled: status',
  'mark cancelled: rev',
  'settle: time',
  'settle: state',
  'settle: try',
  'settle: claim as seen',
  'publish: rev',
] as const;
export type Condition = (typeof CONDITIONS)[number];

/** What one step leads to, and what it breaks. */
export interface Successor {
  label: string;
  state: State;
  broken: string | undefined;
}

/** A state that is being changed by one of its processes. */
export interface Draft {
  state: State;
  own: Process;
  id: Id;
  breaks: (what: string) => void;
}

/** A state, the process that moves, and which conditions its writes have. */
export interface StepContext {
  state: State;
  index: number;
  holds: (condition: Condition, value: boolean) => boolean;
  may: (event: OptionalEvent) => boolean;
}

/** What may happen beside two functions, lost answers, deaths and the sweep. Not all of it at once: the states would be too many. */
export type OptionalEvent = 'request' | 'settle' | 'cancel' | 'pause' | 'end of validity' | 'roll up' | 'publish' | 'second sweep';

/** Changes what processes know: those of the one that moves itself, those of the others as copies. */
export function changeKnown(
  { state, own }: Pick<Draft, 'state' | 'own'>,
  change: (process: Process, isOwn: boolean) => Partial<Process> | undefined,
): void {
  state.processes.forEach((process, index) => {
    const values = process.at === 'idle' && process !== own ? undefined : change(process, process === own);
    if (values && process === own) Object.assign(own, values);
    else if (values) state.processes[index] = { ...process, ...values };
  });
}

/** One step: changes a copy of the state. */
export function step({ state, index }: Pick<StepContext, 'state' | 'index'>, label: string, change: (draft: Draft) => void): Successor {
  const processes = [...state.processes] as State['processes'];
  const own = { ...processes[index] } as Process;
  if (index >= 0) processes[index] = own;
  const copy = { ...state, processes };
  let broken: string | undefined;
  const breaks = (what: string) => {
    broken ??= what;
  };
  change({ state: copy, own, id: String(index + 1) as Id, breaks });
  return { label: `${index + 1} ${label}`, state: copy, broken };
}

/**
 * One conditional write. If its conditions hold it is applied, and answered, or its answer is lost: then the process sends the same write
 * again. If they do not hold, the process goes where a failed condition leads.
 */
export function write(
  context: StepContext,
  { label, conditions, apply, done, failed }: { label: string; conditions: boolean; apply: Change; done: Change; failed: Change },
): Successor[] {
  if (!conditions) return [step(context, `${label}: a condition fails`, failed)];
  const answered = (draft: Draft) => {
    apply(draft);
    done(draft);
  };
  return [step(context, label, answered), step(context, `${label}: applied, its answer is lost`, apply)];
}
export type Change = (draft: Draft) => void;

/** Reads the batch: what is written next is built on this. */
export function readBatch({ state, own }: Draft): void {
  own.seen = state.batch;
  own.seenTry = state.try;
  own.claimSeen = state.claim === '-' ? 'absent' : 'same';
  own.leaseSame = true;
  own.batchOvertaken = false;
}

/** Reads the job. */
export function readJob({ state, own }: Draft): void {
  own.revSame = true;
  own.jobOvertaken = false;
  own.taken = state.outbox;
}

/** Whether the claim of the batch is what the process has read. */
export const isClaimAsSeen = ({ claim }: State, { claimSeen }: Process) => (claimSeen === 'absent' ? claim === '-' : claimSeen === 'same');

/** Writes a new state of the batch, with a timeline that is what the process has read and one entry more. */
export function writeBatch(draft: Draft, becomes: BatchState): void {
  const { state, own, breaks } = draft;
  if (isOver(state.batch) && state.batch !== becomes) breaks(`A batch that is over changes: ${state.batch} becomes ${becomes}.`);
  if (own.batchOvertaken) breaks('An entry of the timeline of the batch is lost.');
  // That an entry which repeats the state may give way to another is accepted: it only adds a reason, and the attributes keep that.
  if (state.batch !== becomes) changeKnown(draft, (_, isOwn) => (isOwn ? undefined : { batchOvertaken: true }));
  state.batch = becomes;
}

/** The batch has another claim, or none: what others have seen of it holds no more. */
export function changeClaim(draft: Draft, claim: Id): void {
  Object.assign(draft.state, { claim, age: 0 });
  changeKnown(draft, ({ claimSeen }) => ({ leaseSame: false, claimSeen: claimSeen === 'same' ? 'changed' : claimSeen }));
}

/** Writes the job with a new revision and an entry more in its timeline. */
export function writeJob(draft: Draft): void {
  if (draft.own.jobOvertaken) draft.breaks('An entry of the timeline of the job is lost.');
  changeKnown(draft, (_, isOwn) => (isOwn ? { revSame: false } : { revSame: false, jobOvertaken: true }));
}

/** Writes onto the job what follows from its batch. */
export function rollUp(draft: Draft, batch: BatchState): void {
  const { state } = draft;
  const status = statusOf(batch);
  if (status !== state.status) {
    writeJob(draft);
    const event = !state.publishes ? '' : status === 'attention' ? 'a' : isOver(status) ? 'f' : '';
    if (!state.outbox.includes(event)) state.outbox = event === 'a' ? `a${state.outbox}` : `${state.outbox}f`;
    state.status = status;
  }
  state.open = !isOver(status) || state.outbox !== '';
}

/** The state after a roll-up that nothing came between. It leaves the revision as it is, so that conditions on it guard less here, not more. */
export function rolledUp(state: State): State {
  if (!isSealed(state) || state.status === statusOf(state.batch)) return state;
  return { ...state, status: statusOf(state.batch), open: !isOver(state.batch) };
}

/** Writes the job as its creation does. @param claimed by the process that creates it, in the same write */
export function putJob(draft: Draft, { claimed }: { claimed: boolean }): void {
  const { state, own, id, breaks } = draft;
  if (isSealed(state)) breaks('The key creates a second job.');
  const job = { status: claimed ? 'sending' : 'queued', sealedBy: id, cancelled: false, open: true, outbox: '' } as const;
  Object.assign(state, job, { owner: '-', timedOut: false });
  own.held = claimed && state.paused;
  changeOwner(draft);
}

/** The creating item has another owner, or has become a job, which has none. */
export function changeOwner(draft: Draft): void {
  changeKnown(draft, ({ ownerSeen }) => ({ revSame: false, ownerSeen: ownerSeen === 'same' ? 'changed' : ownerSeen }));
}

/** Writes the batch as it is first written. */
export function putBatch(draft: Draft, batch: 'waiting' | 'sending'): void {
  const { state, own, id } = draft;
  if (isOver(state.batch)) draft.breaks(`A batch that is over changes: ${state.batch} becomes ${batch}.`);
  changeClaim(draft, batch === 'sending' ? id : '-');
  Object.assign(state, { batch, try: 1, notBefore: false, leaseEnded: false, settled: 0, late: 0 });
  own.age = 0;
}

/** The process has nothing to do any more, or dies. */
export const end = ({ own }: Draft): void => {
  own.at = 'idle';
};

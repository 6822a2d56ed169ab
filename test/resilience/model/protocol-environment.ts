import { isOver, isSealed, type Process, type State, type Step, statusOf } from './protocol-state.ts';
import { type Change, changeKnown, type Draft, type StepContext, type Successor, step } from './protocol-writes.ts';

/** What the environment does: time passes, a pause comes and goes, a call under way comes to the provider. */
export function environmentSteps({ state, may }: StepContext): Successor[] {
  const change = (label: string, happens: boolean, apply: Change) => (happens ? [step({ state, index: -1 }, label, apply)] : []);
  const set = (values: Partial<State>) => (draft: Draft) => Object.assign(draft.state, values);
  const isAging = state.batch === 'sending' || state.batch === 'unknown';
  return [
    ...[0, 1].flatMap((index) => change(`the claim of ${index + 1} grows older`, mayAge(state, index), (draft) => age(draft, index))),
    ...change('the claim grows older', isAging && (state.claim === 'old' || state.claim === '-') && state.age < 2, (draft) =>
      age(draft, -1),
    ),
    ...change('a pause begins', may('pause') && !state.paused && !isOver(state.batch), set({ paused: true })),
    ...change('the pause ends', state.paused, (draft) => endPause(draft)),
    ...change('validity ends', may('end of validity') && isSealed(state) && state.try === 1 && !state.overdue, set({ overdue: true })),
    ...change('notBefore comes', state.notBefore, set({ notBefore: false })),
    ...change('creatingUntil comes', state.status === 'creating' && !state.timedOut, set({ timedOut: true })),
    ...change('the call comes to the provider', state.flight !== 0, land),
  ];
}

const HOLDS_CLAIM: readonly Step[] = ['check', 'call'];
const isClaimOf = ({ claim }: State, index: number) => claim === String(index + 1);

function mayAge(state: State, index: number): boolean {
  const own = state.processes[index] as Process;
  if (HOLDS_CLAIM.includes(own.at)) return own.age < 2;
  return isClaimOf(state, index) && (state.batch === 'sending' || state.batch === 'unknown') && state.age < 2;
}

/** A claim grows older, for its process and in its item alike. At its last age no call that was made under it can still arrive. */
function age({ state }: Draft, index: number): void {
  const own = state.processes[index];
  const inItem = index === -1 || isClaimOf(state, index);
  const next = inItem ? state.age + 1 : (own?.age ?? 0) + 1;
  if (own) state.processes[index] = { ...own, age: next };
  if (!inItem) return;
  state.age = next;
  if (next === 2 && state.flight === state.try) state.flight = 0;
}

function endPause(draft: Draft): void {
  const { state } = draft;
  state.paused = false;
  changeKnown(draft, ({ held }) => ({ held: held && (state.cancelled || state.overdue) }));
}

function land({ state, breaks }: Draft): void {
  if (state.settled >= state.flight) breaks('The provider takes a try after a person has settled it.');
  state.taken = true;
  state.flight = 0;
}

/** What contradicts the provider's ledger in this state, a person's decision excepted. */
export function contradiction(state: State): string | undefined {
  if (state.settled === state.try || state.batch === 'absent') return undefined;
  if (state.batch === 'accepted' && !state.taken) return 'A batch is accepted that the ledger does not have.';
  const notSent = ['waiting', 'rejected', 'cancelled', 'expired'].includes(state.batch);
  return notSent && (state.taken || state.flight === state.try) ? `A batch is ${state.batch} that the ledger has.` : undefined;
}

/** Whether nothing is left to do: no job, or one that is over, says so, has published it and is out of the sweep's index. */
export function isAtRest(state: State, may: StepContext['may']): boolean {
  if (state.processes.some(({ at }) => at !== 'idle')) return false;
  if (state.status === 'absent') return true;
  if (state.batch === 'unknown' && !may('settle')) return state.open && state.status === 'attention';
  return isOver(state.batch) && state.status === statusOf(state.batch) && state.outbox === '' && !state.open;
}

import { contradiction, environmentSteps, isAtRest } from './protocol-environment.ts';
import { functionSteps } from './protocol-functions.ts';
import { keeperSteps } from './protocol-keepers.ts';
import { CREATED, canonical, START, type State } from './protocol-state.ts';
import { type Condition, type OptionalEvent, rolledUp, type StepContext, type Successor } from './protocol-writes.ts';

/** What a search found: how many states and steps there are, and the shortest way to a state that must not be, if there is one. */
export interface Found {
  states: number;
  steps: number;
  violation?: { what: string; trace: string[] };
}

/** A part of what may happen, searched in full. */
export interface Configuration {
  name: string;
  starts: readonly State[];
  events: readonly OptionalEvent[];
}

/**
 * Two functions, the sweep, deaths and lost answers are in each configuration. What else may happen is divided, since all of it at once has too many
 * states. Where roll-ups are not among it, one follows each write at once, with nothing in between.
 */
export const CONFIGURATIONS: readonly Configuration[] = [
  { name: 'requests with one key', starts: [START], events: ['request'] },
  { name: 'settlements', starts: CREATED, events: ['settle'] },
  { name: 'a cancel', starts: CREATED, events: ['settle', 'cancel'] },
  { name: 'a pause', starts: CREATED, events: ['settle', 'pause'] },
  { name: 'a pause and a cancel', starts: CREATED, events: ['pause', 'cancel'] },
  { name: 'the end of validity', starts: CREATED, events: ['settle', 'end of validity'] },
  { name: 'two sweeps', starts: CREATED.slice(0, 1), events: ['settle', 'end of validity', 'second sweep'] },
  {
    name: 'roll-ups and events',
    starts: CREATED.map((state) => ({ ...state, publishes: true })),
    events: ['roll up', 'publish', 'cancel'],
  },
];

/** All that can happen next. */
function successors(state: State, { events }: Configuration, without: ReadonlySet<Condition>): Successor[] {
  const holds: StepContext['holds'] = (condition, value) => value || without.has(condition);
  const may: StepContext['may'] = (event) => events.includes(event);
  const context = (index: number): StepContext => ({ state, index, holds, may });
  return [
    ...functionSteps(context(0)),
    ...functionSteps(context(1)),
    ...(may('second sweep') ? [...keeperSteps(context(0)), ...keeperSteps(context(1))] : []),
    ...keeperSteps(context(2)),
    ...environmentSteps(context(-1)),
  ];
}

/** Searches every state that the protocol can come to, breadth first, until one breaks a rule. */
export function search(configuration: Configuration, without: readonly Condition[] = []): Found {
  const left = new Set(without);
  const states: State[] = [];
  const indexes = new Map<string, number>();
  const parents: { index: number; label: string; swapped: boolean }[] = [];
  const edges: [from: number[], to: number[]] = [[], []];
  const enter = (next: State, parent: number, label: string): number => {
    const { state, text, swapped } = canonical(next);
    const known = indexes.get(text);
    if (known !== undefined) return known;
    const index = states.push(state) - 1;
    indexes.set(text, index);
    parents.push({ index: parent, label, swapped });
    return index;
  };
  const rollsUp = configuration.events.includes('roll up');
  for (const start of configuration.starts) enter(start, -1, 'start');
  for (let from = 0; from < states.length; from++) {
    for (const { label, state, broken } of successors(states[from] as State, configuration, left)) {
      const what = broken ?? contradiction(state);
      if (what) return { states: states.length, steps: edges[0].length, violation: { what, trace: traceTo(parents, from, label) } };
      edges[0].push(from);
      edges[1].push(enter(rollsUp ? state : rolledUp(state), from, label));
    }
  }
  const found = { states: states.length, steps: edges[0].length };
  const stuck = firstStuck(states, edges, (state) => isAtRest(state, (event) => configuration.events.includes(event)));
  return stuck === undefined ? found : { ...found, violation: { what: 'It waits for ever.', trace: traceTo(parents, stuck) } };
}

/** The steps that lead to a state. The two functions are exchanged on the way, so that their numbers are put right. */
function traceTo(parents: readonly { index: number; label: string; swapped: boolean }[], to: number, last?: string): string[] {
  const way: { label: string; swapped: boolean }[] = last ? [{ label: last, swapped: false }] : [];
  for (let at = parents[to]; at; at = parents[at.index]) way.unshift(at);
  let exchanged = false;
  return way.map(({ label, swapped }) => {
    const text = exchanged ? label.replace(/^[12]/, (number) => (number === '1' ? '2' : '1')) : label;
    exchanged = exchanged !== swapped;
    return text;
  });
}

/** The first state from which nothing leads to rest. Any process may die, so every state has to be left without its help. */
function firstStuck(
  states: readonly State[],
  [from, to]: readonly [number[], number[]],
  isRest: (state: State) => boolean,
): number | undefined {
  const before = states.map((): number[] => []);
  for (const [edge, target] of to.entries()) before[target]?.push(from[edge] as number);
  const rests = new Uint8Array(states.length);
  const next = states.flatMap((state, index) => (isRest(state) ? [index] : []));
  for (const index of next) rests[index] = 1;
  for (let index = next.pop(); index !== undefined; index = next.pop()) {
    for (const earlier of before[index] ?? []) {
      if (rests[earlier]) continue;
      rests[earlier] = 1;
      next.push(earlier);
    }
  }
  const stuck = rests.indexOf(0);
  return stuck === -1 ? undefined : stuck;
}

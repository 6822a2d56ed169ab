import type { State } from '../saved-state.ts';

/**
 * The time on this machine as everything that runs here sees it: the machine's own plus what it was moved ahead. It only moves
 * forward, and stays moved after a restart, because what was stored would be in the future otherwise.
 */
export class Clock {
  /** Milliseconds ahead, as one float64, for the threads of functions. */
  readonly shared = new SharedArrayBuffer(8);
  readonly #ahead = new Float64Array(this.shared);
  readonly #kept: { set(key: string, value: number): void };

  constructor(state: State) {
    const kept = state.collection<number>('clock');
    this.#ahead[0] = kept.get('ahead') ?? 0;
    this.#kept = kept;
  }

  /** Milliseconds ahead of the machine's own time. */
  get ahead(): number {
    return this.#ahead[0] ?? 0;
  }

  readonly now = (): number => Date.now() + this.ahead;

  /** Moves it on (milliseconds). */
  move(by: number): void {
    this.#ahead[0] = this.ahead + by;
    this.#kept.set('ahead', this.ahead);
  }
}

/** Something that the clock starts. */
export interface Timed {
  /** When there is something to start next: epoch milliseconds by the clock. */
  next(): number | undefined;
  /** Starts everything that is due; does not reject. */
  run(): Promise<void>;
}

/** How exactly things start (milliseconds). */
const TICK_MS = 20;

/** Starts everything at its time. @returns ends it */
export function startTicking(timed: readonly Timed[], clock: Clock): () => void {
  const timer = setInterval(() => startDue(timed, clock), TICK_MS);
  return () => clearInterval(timer);
}

/** @returns whether anything was due */
export function startDue(timed: readonly Timed[], { now }: Clock): boolean {
  const due = timed.filter((one) => (one.next() ?? Number.POSITIVE_INFINITY) <= now());
  for (const one of due) void one.run();
  return due.length > 0;
}

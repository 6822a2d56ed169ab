import { setTimeout as sleep } from 'node:timers/promises';

interface Task {
  /** When it is due (epoch milliseconds by the outagePlan's clock). */
  at: number;
  run: () => Promise<void>;
  /** Comes again after this time; the run does not wait for its end. */
  everyMs?: number;
}

/** Between two looks at what is due while a task runs (milliseconds). */
const LOOK_MS = 5;

/**
 * What is to be done when, by a clock that is the wall's while a task runs, and otherwise jumps to the next task that is due:
 * a minute of waiting takes no time, and no time passes for a call that is open beyond what it takes.
 */
export class OutagePlan {
  readonly #tasks: Task[] = [];
  readonly #width: number;
  #offset = 0;

  /** @param width the most tasks at the same time */
  constructor(width: number) {
    this.#width = width;
  }

  readonly now = (): number => Date.now() + this.#offset;

  /** Sets the clock forward. */
  forward(milliseconds: number): void {
    this.#offset += milliseconds;
  }

  add(task: Task): void {
    const index = this.#tasks.findIndex(({ at }) => at > task.at);
    this.#tasks.splice(index < 0 ? this.#tasks.length : index, 0, task);
  }

  /** Does what is due, when it is due, until nothing is left but what comes again and again. @throws what a task throws */
  async run(): Promise<void> {
    const working = new Set<Promise<void>>();
    while (working.size > 0 || this.#tasks.some(({ everyMs }) => everyMs === undefined)) {
      const [next] = this.#tasks;
      if (next && next.at <= this.now() && working.size < this.#width) {
        this.#tasks.shift();
        if (next.everyMs !== undefined) this.add({ ...next, at: this.now() + next.everyMs });
        const work = next.run().finally(() => working.delete(work));
        working.add(work);
      } else if (working.size === 0 && next) {
        this.forward(next.at - this.now());
      } else {
        await Promise.race([...working, sleep(LOOK_MS)]);
      }
    }
  }
}

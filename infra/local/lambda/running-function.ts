import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock/clock.ts';
import { FunctionError, type FunctionSpec, Instance, type Print } from './instance.ts';

/** Lambda's limit on an event, and on an answer. */
export const PAYLOAD_BYTES = 6 * 1024 * 1024;

/** A function that runs: as many instances as are needed, each with one event at a time, up to its concurrency. */
export class RunningFunction {
  readonly spec: FunctionSpec;
  readonly #print: Print;
  readonly #clock: Clock | undefined;
  readonly #instances = new Set<Instance>();
  readonly #idle: Instance[] = [];
  /** Events without an instance yet, longest wait first. */
  readonly #waiting: PromiseWithResolvers<Instance>[] = [];
  #starting = false;
  #stopped = false;
  #taken = 0;

  /**
   * Starts one instance at once, so that what keeps the function from starting is seen now.
   * @param clock the time that the function sees, instead of the machine's own
   * @throws FunctionError
   */
  static async start(spec: FunctionSpec, print: Print, clock?: Clock): Promise<RunningFunction> {
    const running = new RunningFunction(spec, print, clock);
    running.#give(await running.#startInstance());
    return running;
  }

  private constructor(spec: FunctionSpec, print: Print, clock: Clock | undefined) {
    this.spec = spec;
    this.#print = print;
    this.#clock = clock;
  }

  /** How many events it has been given so far; undefined while it has one in hand. */
  get quiet(): number | undefined {
    return this.#waiting.length === 0 && this.#idle.length === this.#instances.size ? this.#taken : undefined;
  }

  /** Takes and gives JSON text; waits for a free instance. @throws FunctionError */
  async invoke(event: string): Promise<string> {
    this.#taken += 1;
    const turn = Promise.withResolvers<Instance>();
    this.#waiting.push(turn);
    this.#serve();
    const instance = await turn.promise;
    return instance.invoke(event).finally(() => this.#give(instance));
  }

  /** Ends every instance wherever it is; the next event starts a new one. */
  async kill(): Promise<void> {
    const instances = [...this.#instances];
    this.#instances.clear();
    this.#idle.length = 0;
    await Promise.all(instances.map((instance) => instance.kill('was killed')));
  }

  /** Ends every instance, and takes no more events. */
  stop(): Promise<void> {
    this.#stopped = true;
    return this.kill();
  }

  #give(instance: Instance): void {
    if (instance.ended) this.#instances.delete(instance);
    else this.#idle.push(instance);
    this.#serve();
  }

  /**
   * Hands idle instances to waiting events. While some still wait, instances are added one after the other: on one machine a burst of
   * starts would take the processors from the instances that could have had the events done by then.
   */
  #serve(): void {
    while (this.#waiting.length > 0 && this.#idle.length > 0) {
      const instance = this.#idle.pop() as Instance;
      if (instance.ended) this.#instances.delete(instance);
      else this.#waiting.shift()?.resolve(instance);
    }
    if (this.#waiting.length === 0 || this.#starting || this.#instances.size >= this.spec.concurrency) return;
    this.#starting = true;
    this.#startInstance()
      .finally(() => {
        this.#starting = false;
      })
      .then(
        (instance) => this.#give(instance),
        (error) => {
          this.#waiting.shift()?.reject(error);
          this.#serve();
        },
      );
  }

  async #startInstance(): Promise<Instance> {
    const instance = this.#stopped ? undefined : await Instance.start(this.spec, this.#print, this.#clock);
    if (instance && !this.#stopped) {
      this.#instances.add(instance);
      return instance;
    }
    await instance?.kill('was stopped');
    throw new FunctionError(`${this.spec.functionName}: has stopped`);
  }
}

/** Keeps what a function prints in `<folder>/<function>.log`; what it prints as an error is shown too. */
export function logTo(folder: string, functionName: string, show: (line: string) => void): Print {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${functionName}.log`);
  return (line, stream) => {
    appendFileSync(file, `${line}\n`);
    if (stream === 'stderr') show(`${functionName}: ${line}`);
  };
}

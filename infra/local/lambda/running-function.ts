import type { Clock } from '../clock/clock.ts';
import { FunctionError, type FunctionSpec, Instance, type Print } from './instance.ts';
import { areProcessorsBusy } from './processors.ts';

/** Lambda's limit on an event, and on an answer. */
export const PAYLOAD_BYTES = 6 * 1024 * 1024;

/** While the processors are busy, one more instance would only take from the others: an event waits this long for each that there is. */
const BUSY_WAIT_MS = 1_000;
/** How often it is looked whether instances are to be added or ended. */
const LOOK_MS = 100;

/** When instances are added and ended. */
export interface Scaling {
  /** Whether the processors have had no time left since then (by performance.now()), or nothing is known of it yet. */
  areBusy(since: number): boolean;
  /** An instance without an event ends after this time (milliseconds). */
  idleMs: number;
}

/** An instance that has run for a while takes half the time of a new one: it stays for half a minute. */
const SCALING: Scaling = { areBusy: areProcessorsBusy, idleMs: 30_000 };

interface Waiting extends PromiseWithResolvers<Instance> {
  /** By performance.now(). */
  since: number;
}

/** A function that runs: as many instances as are needed, each with one event at a time, up to its concurrency. */
export class RunningFunction {
  readonly spec: FunctionSpec;
  readonly #print: Print;
  readonly #clock: Clock | undefined;
  readonly #scaling: Scaling;
  readonly #instances = new Set<Instance>();
  /** The one that was used last stands last, and is taken first: the others come to their end. */
  readonly #idle: Instance[] = [];
  /** Events without an instance yet, longest wait first. */
  readonly #waiting: Waiting[] = [];
  /** Since when there has always been one of them, by performance.now(). */
  #shortSince = 0;
  #looking: NodeJS.Timeout | undefined;
  #starting = false;
  #stopped = false;
  #taken = 0;

  /**
   * Starts one instance at once, so that what keeps the function from starting is seen now.
   * @param clock the time that the function sees, instead of the machine's own
   * @throws FunctionError
   */
  static async start(spec: FunctionSpec, print: Print, clock?: Clock, scaling = SCALING): Promise<RunningFunction> {
    const running = new RunningFunction(spec, print, clock, scaling);
    running.#give(await running.#startInstance());
    return running;
  }

  private constructor(spec: FunctionSpec, print: Print, clock: Clock | undefined, scaling: Scaling) {
    this.spec = spec;
    this.#print = print;
    this.#clock = clock;
    this.#scaling = scaling;
  }

  /** How many events it has been given so far; undefined while it has one in hand. */
  get quiet(): number | undefined {
    return this.#waiting.length === 0 && this.#idle.length === this.#instances.size ? this.#taken : undefined;
  }

  /** Instances that there are now. */
  get size(): number {
    return this.#instances.size;
  }

  /**
   * Takes and gives JSON text; waits for a free instance.
   * @param trace the X-Ray trace header under which the function runs
   * @throws FunctionError
   */
  async invoke(event: string, trace?: string): Promise<string> {
    this.#taken += 1;
    const waiting = { ...Promise.withResolvers<Instance>(), since: performance.now() };
    if (this.#waiting.push(waiting) === 1) this.#shortSince = waiting.since;
    this.#serve();
    const instance = await waiting.promise;
    return instance.invoke(event, trace).finally(() => this.#give(instance));
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
    clearInterval(this.#looking);
    return this.kill();
  }

  #give(instance: Instance): void {
    if (instance.ended) this.#instances.delete(instance);
    else this.#idle.push(instance);
    this.#serve();
  }

  /** Hands idle instances to waiting events, and adds an instance for those that still wait. */
  #serve(): void {
    while (this.#waiting.length > 0 && this.#idle.length > 0) {
      const instance = this.#idle.pop() as Instance;
      if (instance.ended) this.#instances.delete(instance);
      else this.#waiting.shift()?.resolve(instance);
    }
    if (!this.#stopped) this.#looking ??= setInterval(() => this.#look(), LOOK_MS).unref();
    if (this.#instances.size === 0 || !this.#scaling.areBusy(this.#shortSince)) this.#add();
  }

  #look(): void {
    const now = performance.now();
    const [first] = this.#waiting;
    if (first && (!this.#scaling.areBusy(this.#shortSince) || now - first.since > BUSY_WAIT_MS * this.#instances.size)) this.#add();
    while (this.#idle[0] && now - this.#idle[0].idleSince > this.#scaling.idleMs) {
      const instance = this.#idle.shift() as Instance;
      this.#instances.delete(instance);
      void instance.kill('was idle');
    }
    if (this.#instances.size > 0 || this.#waiting.length > 0) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  /** Adds an instance for an event that waits: one after the other, since a burst of starts would take the processors from what runs. */
  #add(): void {
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

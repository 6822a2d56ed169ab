import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../clock/clock.ts';

/** A function as the template describes it, with its code on disk. */
export interface FunctionSpec {
  functionName: string;
  functionArn: string;
  /** Path of the module that holds the handler. */
  entry: string;
  handlerName: string;
  /** Everything that `process.env` will hold. */
  environment: Record<string, string>;
  timeoutMs: number;
  memoryMb: number;
  /** Whether a message that the function leads back to itself may wake it up again and again (`RecursiveLoop: Allow`). */
  mayLoop: boolean;
  /** Most instances at once. */
  concurrency: number;
}

/** What the worker thread is given when it starts. */
export type Start = Pick<FunctionSpec, 'functionName' | 'functionArn' | 'entry' | 'handlerName' | 'memoryMb'> & {
  /** See Clock. */
  ahead?: SharedArrayBuffer | undefined;
};

/** An event for the worker thread. Both ways the payload is JSON text, as in Lambda. */
export interface Invocation {
  requestId: string;
  event: string;
  /** Milliseconds since the epoch, by the machine's own time. */
  deadline: number;
  /** The X-Ray trace header under which the function runs. */
  trace?: string | undefined;
}

/** What the worker thread says. */
export type Answer =
  | { kind: 'ready' }
  | { kind: 'result'; requestId: string; result: string }
  | { kind: 'error'; requestId: string; name: string; message: string };

/** The function threw, ran out of time, exited, or was killed: the caller of a deployed one would see a FunctionError. */
export class FunctionError extends Error {}

/** Where the lines go that a function prints. */
export type Print = (line: string, stream: 'stdout' | 'stderr') => void;

/** Code that instances have in common is compiled once, and kept from start to start. It takes half of the time that an instance needs to start. */
const COMPILE_CACHE = join(import.meta.dirname, '../../../node_modules/.cache/compiled');
/** Of what is young each instance keeps little: V8 would let it grow to 48 MB before it looks what is garbage. */
const YOUNG_MB = 8;

/** One execution environment: a worker thread that handles one event at a time. */
export class Instance {
  readonly #spec: FunctionSpec;
  readonly #worker: Worker;
  /** Of the start, then of the event in hand. */
  #current = Promise.withResolvers<string>();
  #ended = false;
  /** When it answered last, by performance.now(). */
  idleSince = performance.now();

  /** @throws FunctionError with the reason if the module fails to load, as on a wrong environment variable */
  static async start(spec: FunctionSpec, print: Print, clock?: Clock): Promise<Instance> {
    const instance = new Instance(spec, print, clock);
    await instance.#current.promise;
    return instance;
  }

  private constructor(spec: FunctionSpec, print: Print, clock: Clock | undefined) {
    const { environment, entry, handlerName, functionName, functionArn, memoryMb } = spec;
    this.#spec = spec;
    this.#worker = new Worker(new URL('./instance-worker.ts', import.meta.url), {
      workerData: { entry, handlerName, functionName, functionArn, memoryMb, ahead: clock?.shared } satisfies Start,
      env: { ...environment, NODE_COMPILE_CACHE: COMPILE_CACHE },
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: YOUNG_MB },
      stdout: true,
      stderr: true,
    });
    forwardLines(this.#worker.stdout, (line) => print(line, 'stdout'));
    forwardLines(this.#worker.stderr, (line) => print(line, 'stderr'));
    this.#worker.on('message', (answer: Answer) => {
      if (answer.kind === 'error') this.#current.reject(this.#error(`${answer.name}: ${answer.message}`));
      else this.#current.resolve(answer.kind === 'ready' ? '' : answer.result);
    });
    this.#worker.on('error', (error) => this.#end(error.message));
    this.#worker.on('exit', () => this.#end('the function exited before it answered'));
  }

  /** The thread is gone, by itself or killed. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Settles only after the handler did, or after the thread is gone. @throws FunctionError */
  async invoke(event: string, trace?: string): Promise<string> {
    if (this.#ended) throw this.#error('the function ended before the event');
    const { timeoutMs } = this.#spec;
    this.#current = Promise.withResolvers();
    const timer = setTimeout(() => this.kill(`timed out after ${timeoutMs} ms`), timeoutMs);
    this.#worker.postMessage({ requestId: randomUUID(), event, deadline: Date.now() + timeoutMs, trace } satisfies Invocation);
    return this.#current.promise.finally(() => {
      clearTimeout(timer);
      this.idleSince = performance.now();
    });
  }

  /** Ends the thread wherever it is. */
  async kill(reason: string): Promise<void> {
    this.#end(reason);
    await this.#worker.terminate();
  }

  #end(reason: string): void {
    this.#ended = true;
    this.#current.reject(this.#error(reason));
  }

  #error(reason: string): FunctionError {
    return new FunctionError(`${this.#spec.functionName}: ${reason}`);
  }
}

function forwardLines(stream: Readable, to: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', to);
}

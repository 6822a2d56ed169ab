import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';

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
  /** Most instances at once. */
  concurrency: number;
}

/** What the worker thread is given when it starts. */
export type Start = Pick<FunctionSpec, 'functionName' | 'functionArn' | 'entry' | 'handlerName' | 'memoryMb'>;

/** An event for the worker thread. Both ways the payload is JSON text, as in Lambda. */
export interface Invocation {
  requestId: string;
  event: string;
  /** Milliseconds since the epoch. */
  deadline: number;
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

/** One execution environment: a worker thread that handles one event at a time. */
export interface Instance {
  /** Settles only after the handler did, or after the thread is gone. @throws FunctionError */
  invoke(event: string): Promise<string>;
  /** Ends the thread wherever it is. */
  kill(reason: string): Promise<void>;
  /** The thread is gone, by itself or killed. */
  readonly ended: boolean;
}

/** @throws FunctionError with the reason if the module fails to load, as on a wrong environment variable. */
export async function startInstance(spec: FunctionSpec, print: Print): Promise<Instance> {
  const { environment, entry, handlerName, functionName, functionArn, memoryMb, timeoutMs } = spec;
  const workerData: Start = { entry, handlerName, functionName, functionArn, memoryMb };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData,
    env: environment,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    stdout: true,
    stderr: true,
  });
  forwardLines(worker.stdout, (line) => print(line, 'stdout'));
  forwardLines(worker.stderr, (line) => print(line, 'stderr'));

  let ended = false;
  let current = Promise.withResolvers<string>();
  const end = (reason: string): void => {
    ended = true;
    current.reject(new FunctionError(`${functionName}: ${reason}`));
  };
  worker.on('message', (answer: Answer) => {
    if (answer.kind === 'error') current.reject(new FunctionError(`${functionName}: ${answer.name}: ${answer.message}`));
    else current.resolve(answer.kind === 'ready' ? '' : answer.result);
  });
  worker.on('error', (error) => end(error.message));
  worker.on('exit', () => end('the function exited before it answered'));

  const kill = async (reason: string): Promise<void> => {
    end(reason);
    await worker.terminate();
  };
  await current.promise;

  return {
    get ended() {
      return ended;
    },
    kill,
    async invoke(event) {
      current = Promise.withResolvers();
      const timer = setTimeout(() => kill(`timed out after ${timeoutMs} ms`), timeoutMs);
      worker.postMessage({ requestId: randomUUID(), event, deadline: Date.now() + timeoutMs } satisfies Invocation);
      return current.promise.finally(() => clearTimeout(timer));
    },
  };
}

function forwardLines(stream: Readable, to: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', to);
}

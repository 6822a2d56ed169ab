import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { randoms } from './rng.ts';
import type { WorkerStart } from './worker.ts';

/** Workers that die and are replaced. */
export interface Workers {
  /** How many have died. */
  deaths(): number;
  /** Ends one where it stands, by its name. */
  kill(name: string): Promise<void>;
  /** Ends them all, for good. */
  stop(): Promise<void>;
}

/** Workers wait for the first of them, as a first start takes what all need. */
const LONGEST_START = 60_000;

/**
 * Starts the worker threads; each dies at some time about `lifeMs` after its start, wherever it is, and another replaces it.
 * @param lifeMs mean, in milliseconds of the wall clock
 */
export async function startWorkers(count: number, lifeMs: number, start: Omit<WorkerStart, 'name'>): Promise<Workers> {
  const random = randoms(start.seed, 'lives');
  const threads = new Map<string, Worker>();
  let [born, deaths, stopped] = [0, 0, false];
  const hire = async (): Promise<void> => {
    const name = `worker-${++born}`;
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { ...start, name } satisfies WorkerStart });
    threads.set(name, worker);
    const over = new Promise<void>((done) => worker.once('exit', () => done()));
    const ready = new Promise<void>((done, failed) => worker.once('message', () => done()).once('error', failed));
    worker.on('error', (error) => console.error(error));
    await Promise.race([ready, over, sleep(LONGEST_START, undefined, { ref: false })]);
    void Promise.race([over, sleep(lifeMs * (0.5 + random()), undefined, { ref: false })]).then(() => kill(name));
  };
  const kill = async (name: string): Promise<void> => {
    const worker = threads.get(name);
    if (!worker || stopped) return;
    threads.delete(name);
    deaths += 1;
    await worker.terminate();
    if (!stopped) await hire();
  };
  await Promise.all(Array.from({ length: count }, hire));
  return {
    deaths: () => deaths,
    kill,
    async stop() {
      stopped = true;
      await Promise.all([...threads.values()].map((worker) => worker.terminate()));
    },
  };
}

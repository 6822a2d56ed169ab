import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** A DynamoDB engine on 127.0.0.1. */
export interface DynamoDbEngine {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * Starts dynalite on a thread of its own.
 * @param folder where the data is kept; without one it is in memory
 * @throws Error if another process has the folder open
 */
export async function startDynalite(folder?: string): Promise<DynamoDbEngine> {
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  const workerData = folder === undefined ? ':memory:' : join(folder, 'tables.sqlite');
  const worker = new Worker(new URL('./dynalite-thread.ts', import.meta.url), {
    ...{ workerData, execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: 16 } },
  });
  try {
    const [port] = await once(worker, 'message');
    worker.on('error', (error) => console.error(`The engine of the tables ended: ${error.message}`));
    return { endpoint: `http://127.0.0.1:${port}`, stop: async () => void (await worker.terminate()) };
  } catch (error) {
    const { message } = error as Error;
    throw new Error(message.includes('locked') ? `DATA_DIR: ${folder} is in use by another running instance` : `DATA_DIR: ${message}`);
  }
}

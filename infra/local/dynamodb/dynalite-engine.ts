import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Decide } from '../iam/authoriser.ts';
import type { Asked } from '../iam/requested-actions.ts';

/** A DynamoDB engine on 127.0.0.1. */
export interface DynamoDbEngine {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** The one that IAM can stand before. */
export interface Dynalite extends DynamoDbEngine {
  /** From here on every request is decided first. */
  enforce(decide: Decide): void;
}

/** From the engine's thread: may the owner of this access key do this? It asks once for each key. */
export interface Question {
  key: string;
  accessKey: string;
  asked: Asked[];
}
export interface Decision {
  key: string;
  refusal: string | undefined;
}

/**
 * Starts dynalite on a thread of its own.
 * @param folder where the data is kept; without one it is in memory
 * @throws Error if another process has the folder open
 */
export async function startDynalite(folder?: string): Promise<Dynalite> {
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  const workerData = folder === undefined ? ':memory:' : join(folder, 'tables.sqlite');
  const worker = new Worker(new URL('./dynalite-thread.ts', import.meta.url), {
    workerData,
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: 16 },
  });
  try {
    const [port] = await once(worker, 'message');
    worker.on('error', (error) => console.error(`The engine of the tables ended: ${error.message}`));
    return {
      endpoint: `http://127.0.0.1:${port}`,
      enforce(decide) {
        worker.on('message', async ({ key, accessKey, asked }: Question) => {
          const refusal = await decide(accessKey, asked).catch((error: Error) => error.message);
          worker.postMessage({ key, refusal } satisfies Decision);
        });
        worker.postMessage('enforce');
      },
      stop: async () => void (await worker.terminate()),
    };
  } catch (error) {
    const { message } = error as Error;
    throw new Error(message.includes('locked') ? `DATA_DIR: ${folder} is in use by another running instance` : `DATA_DIR: ${message}`);
  }
}

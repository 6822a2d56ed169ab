import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll } from 'vitest';
import { is } from '../../functions/shared/dynamodb/conditions.ts';
import { jobKey, limiterKey } from '../../functions/shared/dynamodb/keys.ts';
import { Table } from '../../functions/shared/dynamodb/table.ts';
import { type JobContext, openJobContext } from '../../functions/shared/job/context.ts';
import { openEventsQueue } from '../../functions/shared/queues/events-queue.ts';
import type { RunningFunction } from '../../infra/local/lambda/running-function.ts';
import { type LocalSettings, readSettings } from '../../infra/local/settings.ts';
import { type LocalSystem, type Options, startLocal } from '../../infra/local/system.ts';
import { createApiClient } from './api.ts';
import { dynamoDbClient, sqsClient } from './aws-clients.ts';

const root = join(import.meta.dirname, '..', '..');

/** The whole stack in this process, on free ports with a data folder of its own, which `stop` throws away. */
export async function startStack(settings: Partial<LocalSettings> = {}, options: Options = {}): Promise<LocalSystem> {
  const folder = mkdtempSync(join(tmpdir(), 'sms-stack-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const defaults = readSettings({ PORT: '0', SANDBOX_PORT: '0', DATA_DIR: folder });
    const system = await startLocal({ ...defaults, ...settings }, options);
    return { ...system, stop: () => system.stop().finally(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}

/** The whole stack, which all tests of a file share, with a caller of its API. */
export function stackOfFile(settings: Partial<LocalSettings> = {}) {
  let system: LocalSystem;
  let context: JobContext;
  beforeAll(async () => {
    system = await startStack(settings);
    context = contextOf(system);
  });
  afterAll(() => system.stop());
  return { api: createApiClient(() => system.api), system: () => system, context: () => context };
}

/** A function of the system by its folder under functions/: to be called by hand, or killed. */
function functionOf({ resources, functions }: LocalSystem, name: string): RunningFunction {
  const resource = resources.find(
    ({ type, properties }) => type === 'AWS::Lambda::Function' && properties.Description === `functions/${name}`,
  );
  const running = functions.get(resource?.logicalId ?? '');
  if (!running) throw new Error(`The stack has no function ${name}`);
  return running;
}

/** The table of the system's jobs, to set back what a test cannot wait for. */
export function contextOf(system: LocalSystem): JobContext {
  const { TABLE_NAME = '', EVENTS_QUEUE_URL = '' } = functionOf(system, 'api').spec.environment;
  const eventsQueue = openEventsQueue(EVENTS_QUEUE_URL, sqsClient(system.sqs));
  return {
    ...openJobContext({ TABLE_NAME, EVENTS_QUEUE_URL, PUBLISH_EVENTS: 'yes' }),
    table: new Table(TABLE_NAME, dynamoDbClient(system.dynamoDb)),
    eventsQueue,
  };
}

/** Forgets the failed calls that were before: the next one does not find calling stopped. */
export async function closeBreaker({ table }: JobContext): Promise<void> {
  await table.put({ ...limiterKey, failures: 0 });
}

/** Sweeps now, and this job with it whenever it was due. */
export async function sweepJob(system: LocalSystem, { table }: JobContext, jobId: string): Promise<void> {
  await table.update(jobKey(jobId), { set: { wakeAt: 0 } }, [is('sk', 'JOB')]);
  await functionOf(system, 'sweep').invoke('{}');
}

/** What the last line says that `npm start` prints when it is ready. */
export interface Ready {
  api: string;
  sandbox: string;
  ledger: string;
  eventBridge: string;
  scheduler: string;
  sqs: string;
  pid: number;
}

/** `npm start` as a process of its own. */
export interface StartedProcess {
  child: ChildProcess;
  /** Everything that it printed, both streams. */
  printed(): string;
  /** Rejects with what was printed if the process ends first. */
  ready: Promise<Ready>;
  /** The exit code, or the signal that ended it. */
  ended: Promise<number | string>;
}

/** Starts infra/local/start.ts with exactly these variables. */
export function startProcess(environment: Record<string, string>): StartedProcess {
  const child = spawn(process.execPath, [join(root, 'infra/local/start.ts')], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  const ready = new Promise<Ready>((found, failed) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (line.startsWith('READY ')) found(JSON.parse(line.slice(6)) as Ready);
      });
    }
    ended.then(() => failed(new Error(lines.join('\n'))));
  });
  ready.catch(() => undefined);
  return { child, printed: () => lines.join('\n'), ready, ended };
}

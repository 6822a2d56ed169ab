import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { EndpointDeps } from '../../functions/asmx/endpoint-deps.ts';
import { sendOnce } from '../../functions/asmx/send-once.ts';
import type { CustomSendCall, CustomSendReturn } from '../../functions/shared/customsend/call.ts';
import type { JobItem } from '../../functions/shared/job/job-item.ts';
import { startDynalite } from '../../infra/local/dynamodb/dynalite-engine.ts';
import { type Engines, openEngines, startSystem, type TestSystem } from './system.ts';
import { rules, type WorkerClient } from './worker-client.ts';

/** A drop-in request to these phones; two of them go into one call. */
export function aCall(phones: readonly string[], other: Partial<CustomSendCall> = {}): CustomSendCall {
  return {
    Token: 'token',
    Pattern: '【签名】您好',
    DefaultDetail: '',
    Details: '',
    Phones: phones.map((phone) => `${phone};`).join(''),
    SmsType: 1,
    PostFixNumber: '',
    SendTime: '',
    ...other,
  };
}

export interface AskOptions extends Partial<Pick<EndpointDeps, 'repeatWindow' | 'rules' | 'waitForSlot'>> {
  passToken?: boolean;
  /** By the system's clock (epoch milliseconds); now unless it is said. */
  arrivedAt?: number;
  /** How long it may take to answer (milliseconds). */
  within?: number;
}

/** Sends a request through the drop-in endpoint, as its function does for a known caller. */
export function ask(client: WorkerClient, call: CustomSendCall, options: AskOptions = {}): Promise<CustomSendReturn> {
  const { passToken = false, within = 5_000, arrivedAt = client.context.now(), repeatWindow = 0, waitForSlot = 300 } = options;
  const endpoint: EndpointDeps = { ...client, rules: options.rules ?? rules, waitForSlot, callTakes: 0, repeatWindow };
  return sendOnce(endpoint, { caller: 'caller', call, passToken, arrivedAt, deadline: client.context.now() + within });
}

/** One engine for a file of tests. @returns starts a system on it, which is stopped after the test */
export function systemOfEachTest(): () => Promise<TestSystem> {
  let engines: Engines;
  let stopEngine: () => Promise<void>;
  const started: TestSystem[] = [];
  beforeAll(async () => {
    const engine = await startDynalite();
    stopEngine = engine.stop;
    engines = await openEngines(engine.endpoint);
  });
  afterEach(async () => {
    for (const system of started.splice(0)) await system.stop();
  });
  afterAll(async () => {
    await engines.stop();
    await stopEngine();
  });
  return async () => {
    const system = await startSystem(engines);
    started.push(system);
    return system;
  };
}

/** The jobs of the caller. */
export async function jobsOf({ rest: { context } }: TestSystem): Promise<JobItem[]> {
  const { keys } = await context.table.keys({ index: 'byCaller', partition: 'CALLER#caller', limit: 100 });
  return context.table.getMany<JobItem>(keys);
}

export async function onlyJob(system: TestSystem): Promise<JobItem> {
  const [job, ...others] = await jobsOf(system);
  expect(others).toEqual([]);
  return job as JobItem;
}

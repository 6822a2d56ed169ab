import { afterAll, beforeAll, expect, test } from 'vitest';
import { callerOf } from '../../functions/shared/env/event-sources.ts';
import { callerIndexKey } from '../../functions/shared/dynamodb/keys.ts';
import { queueJob } from '../../functions/shared/job/queue-batches.ts';
import { readJob } from '../../functions/shared/job/rollup.ts';
import { placeOrder } from '../../functions/shared/send-request/accept-request.ts';
import { parallel } from '../../functions/shared/parallel.ts';
import { type Books, expectBooksClosed, expectTold, readBooks } from './audit.ts';
import { type Participant, SOURCE } from './worker-client.ts';
import { onEveryEngine } from './store.ts';
import { type Engines, openEngines, startSystem, type TestSystem } from './system.ts';
import { type Interruption, startWorker } from './worker.ts';

/** Something that a worker does, and that is interrupted at each of its requests. */
export interface Scenario {
  /** Brings the system to where the worker begins. @returns what the worker does */
  prepare(system: TestSystem, engines: Engines): Promise<(worker: Participant) => Promise<unknown>>;
  /** Requests that the worker makes when nothing interrupts it: what the scenario is there for. */
  makes: readonly string[];
  /** What somebody does afterwards, beside what happens by itself: the caller who repeats a request. */
  afterwards?(system: TestSystem): Promise<unknown>;
  /** All recipients of the job, in order. */
  recipients: readonly string[];
  /** What must hold in the end beside what always must. `undefined`: there is no sealed job. */
  expectEnd(books: Books | undefined, system: TestSystem, interruption: Interruption | undefined): void | Promise<void>;
}

/** Runs that are under way at once. */
const WIDTH = 6;
/** For all runs of a scenario, on a machine that does something else beside (milliseconds). */
const TIMEOUT = 120_000;

/** The job of the system: there is one at most. */
export async function onlyJob({ rest: { store } }: TestSystem): Promise<string | undefined> {
  const callers = ['caller', callerOf(SOURCE)].map(callerIndexKey);
  const pages = await Promise.all(callers.map((partition) => store.table.keys({ index: 'byCaller', partition, limit: 2 })));
  const keys = pages.flatMap((page) => page.keys);
  expect(keys.length).toBeLessThan(2);
  return keys[0]?.pk.slice('JOB#'.length);
}

/** A job of these recipients, sealed and waiting; its wake-ups are in the queue unless they are said not to be. */
export async function aJob({ rest }: TestSystem, recipients: readonly string[], queued = true): Promise<string> {
  const body = { pattern: '【签名】您好', recipients, validFor: 'PT24H' };
  const { job } = await placeOrder(rest.store, rest.rules, { caller: 'caller', key: 'key', body });
  const read = await readJob(rest.store, job.jobId);
  if (queued) await queueJob(rest.store, rest.wakeUps, job.jobId, read?.batches ?? []);
  return job.jobId;
}

/** Kills the worker of each scenario at each of its requests, lets the rest of the system go on, and holds the books against the ledger. */
export function crashAtEveryStep(title: string, scenarios: Record<string, Scenario>): void {
  onEveryEngine(title, (address) => {
    let engines: Engines;
    beforeAll(async () => {
      engines = await openEngines(address.endpoint);
    });
    afterAll(() => engines.stop());

    test.each(Object.entries(scenarios))('%s', { timeout: TIMEOUT }, async (_name, scenario) => {
      const undisturbed = await run(engines, scenario);
      for (const name of scenario.makes) expect(undisturbed).toContain(name);
      const deaths = undisturbed.flatMap((_request, index): Interruption[] => [
        { at: index + 1, when: 'before', by: 'death' },
        { at: index + 1, when: 'after', by: 'death' },
      ]);
      await parallel(deaths, (death) => run(engines, scenario, death), WIDTH);
    });
  });
}

/** @returns the requests that the worker made */
async function run(engines: Engines, scenario: Scenario, death?: Interruption): Promise<string[]> {
  const system = await startSystem(engines);
  try {
    const act = await scenario.prepare(system, engines);
    const worker = await startWorker(system.world, death);
    const participant = system.join(worker.surroundings);
    const acted = act(participant);
    await (death ? Promise.race([worker.interrupted, acted.catch(() => undefined)]) : acted);
    expect(worker.isDead()).toBe(death !== undefined);
    system.provider.recover();
    await scenario.afterwards?.(system);
    const jobId = await onlyJob(system);
    if (jobId !== undefined) await system.goOn(jobId);
    const books = jobId === undefined ? undefined : await readBooks(system.rest.store, system.provider, jobId);
    if (books) {
      await expectBooksClosed(system.rest.store, books, scenario.recipients);
      expectTold(books, system.bus);
    }
    await scenario.expectEnd(books, system, death);
    await worker.stop();
    participant.close();
    return worker.requests;
  } catch (error) {
    throw death ? new Error(`It died ${death.when} request ${death.at}.`, { cause: error }) : error;
  } finally {
    await system.stop();
  }
}

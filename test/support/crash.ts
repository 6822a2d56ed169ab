import { afterAll, beforeAll, expect, test } from 'vitest';
import { callerIndexKey } from '../../functions/shared/dynamodb/keys.ts';
import { callerOf } from '../../functions/shared/env/event-sources.ts';
import { readJob } from '../../functions/shared/job/job-table.ts';
import { queueJob } from '../../functions/shared/job/queue-batches.ts';
import { parallel } from '../../functions/shared/parallel.ts';
import { acceptRequest } from '../../functions/shared/send-request/accept-request.ts';
import { type Audit, expectAuditClean, expectTold, readAudit } from './audit.ts';
import { onEveryEngine } from './job-context.ts';
import { type Engines, openEngines, startSystem, type TestSystem } from './system.ts';
import { type Interruption, startWorker } from './worker.ts';
import { SOURCE, type WorkerClient } from './worker-client.ts';

/** Something that a worker does, and that is interrupted at each of its requests. */
export interface Scenario {
  /** Brings the system to where the worker begins. @returns what the worker does */
  prepare(system: TestSystem, engines: Engines): Promise<(worker: WorkerClient) => Promise<unknown>>;
  /** Requests that the worker makes when nothing interrupts it: what the scenario is there for. */
  makes: readonly string[];
  /** What a caller does afterwards, such as repeating its request, beside what happens by itself. */
  afterwards?(system: TestSystem): Promise<unknown>;
  /** All recipients of the job, in order. */
  recipients: readonly string[];
  /** What must hold in the end beside what always must. `undefined`: there is no sealed job. */
  expectEnd(audit: Audit | undefined, system: TestSystem, interruption: Interruption | undefined): void | Promise<void>;
}

/** Runs that are under way at once. */
const WIDTH = 6;
/** For all runs of a scenario, on a machine that does something else beside (milliseconds). */
const TIMEOUT = 120_000;

/** The job of the system: there is one at most. */
export async function onlyJob({ rest: { context } }: TestSystem): Promise<string | undefined> {
  const callers = ['caller', callerOf(SOURCE)].map(callerIndexKey);
  const pages = await Promise.all(callers.map((partition) => context.table.keys({ index: 'byCaller', partition, limit: 2 })));
  const keys = pages.flatMap((page) => page.keys);
  expect(keys.length).toBeLessThan(2);
  return keys[0]?.pk.slice('JOB#'.length);
}

/** A job of these recipients, sealed and waiting; its dispatch messages are in the queue unless they are said not to be. */
export async function aJob({ rest }: TestSystem, recipients: readonly string[], queued = true): Promise<string> {
  const body = { pattern: '【签名】您好', recipients, validFor: 'PT24H' };
  const { job } = await acceptRequest(rest.context, rest.rules, { caller: 'caller', key: 'key', body });
  const read = await readJob(rest.context, job.jobId);
  if (queued) await queueJob(rest.context, rest.dispatchQueue, job.jobId, read?.batches ?? []);
  return job.jobId;
}

/** Kills the worker of each scenario at each of its requests, lets the rest of the system go on, and holds the audit against the ledger. */
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
    const worker = await startWorker(system.harness, death);
    const client = system.join(worker.addresses);
    const acted = act(client);
    await (death ? Promise.race([worker.interrupted, acted.catch(() => undefined)]) : acted);
    expect(worker.isDead()).toBe(death !== undefined);
    system.provider.recover();
    await scenario.afterwards?.(system);
    const jobId = await onlyJob(system);
    if (jobId !== undefined) await system.goOn(jobId);
    const audit = jobId === undefined ? undefined : await readAudit(system.rest.context, system.provider, jobId);
    if (audit) {
      await expectAuditClean(system.rest.context, audit, scenario.recipients);
      expectTold(audit, system.bus);
    }
    await scenario.expectEnd(audit, system, death);
    await worker.stop();
    client.close();
    return worker.requests;
  } catch (error) {
    throw death ? new Error(`It died ${death.when} request ${death.at}.`, { cause: error }) : error;
  } finally {
    await system.stop();
  }
}

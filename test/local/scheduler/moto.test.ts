import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { CreateScheduleGroupCommand, GetScheduleCommand, ResourceNotFoundException, type SchedulerClient } from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSchedules } from '../../../functions/shared/schedule/schedules.ts';
import { ACCOUNT } from '../../../infra/local/cloudformation/template.ts';
import { queueArn, schedulerAt, startEngines } from '../../support/event-engines.ts';

/** Any Python that has moto, such as that of a virtual environment. */
const python = process.env.MOTO_PYTHON ?? 'python3';
const moto = spawnSync(python, ['-c', 'import moto.server']).status === 0;
if (!moto)
  console.warn(`SKIPPED: the Scheduler calls are not tried on moto, "${python}" has none (pip install 'moto[server]'; MOTO_PYTHON).`);

const script = `
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)
server.start()
print('http://%s:%d' % server.get_host_and_port(), flush=True)
sys.stdin.read()`;

/** Moto's engine, in a process of its own that ends with this one. */
async function startMoto(): Promise<{ scheduler: string; stop(): unknown }> {
  const child: ChildProcess = spawn(python, ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'] });
  const [line] = await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data');
  return { scheduler: String(line).trim(), stop: () => child.kill() };
}

async function startOurs(): Promise<{ scheduler: string; stop(): unknown }> {
  const harness = await startEngines();
  harness.clock.now = Date.now();
  const engines = await harness.start();
  return { scheduler: engines.scheduler, stop: () => engines.stop().then(() => harness.queues.stop()) };
}

describe.each([
  { engine: 'the engine of this machine', start: startOurs, there: true },
  { engine: 'moto', start: startMoto, there: moto },
])('on $engine', ({ start, there }) => {
  let engine: Awaited<ReturnType<typeof start>> | undefined;
  let client: SchedulerClient;
  beforeAll(async () => {
    if (!there) return;
    engine = await start();
    client = schedulerAt(engine.scheduler);
    await client.send(new CreateScheduleGroupCommand({ Name: 'sms-test' }));
  });
  afterAll(async () => {
    client?.destroy();
    await engine?.stop();
  });

  it.skipIf(!there)('the product makes a schedule, finds it made, deletes it, and finds it gone', async () => {
    const env = {
      SCHEDULE_GROUP: 'sms-test',
      SCHEDULE_TARGET: queueArn('events-queue'),
      SCHEDULE_ROLE: `arn:aws:iam::${ACCOUNT}:role/schedules`,
      SCHEDULE_DEAD_LETTERS: queueArn('dead'),
    };
    const schedules = openSchedules(env, client);
    const due = { jobId: 'job_01K00000000000000000000000', gen: 1 };
    const at = Math.ceil(Date.now() / 1000 + 3_600) * 1000;
    await schedules.create(due, at);
    await schedules.create(due, at + 60_000);
    const named = { GroupName: 'sms-test', Name: 'job_01K00000000000000000000000-g1' };
    const stored = await client.send(new GetScheduleCommand(named));
    expect(stored).toMatchObject({
      ...named,
      ScheduleExpression: `at(${new Date(at).toISOString().slice(0, 19)})`,
      ScheduleExpressionTimezone: 'UTC',
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: { Arn: env.SCHEDULE_TARGET, RoleArn: env.SCHEDULE_ROLE, DeadLetterConfig: { Arn: env.SCHEDULE_DEAD_LETTERS } },
    });
    expect(JSON.parse(stored.Target?.Input ?? '')).toEqual(due);
    await schedules.remove(due);
    await schedules.remove(due);
    await expect(client.send(new GetScheduleCommand(named))).rejects.toThrow(ResourceNotFoundException);
  });
});

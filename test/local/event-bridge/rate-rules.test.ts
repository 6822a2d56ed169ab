import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LocalSystem } from '../../../infra/local/system.ts';
import { temporaryFolder } from '../fixture.ts';
import { type Note, notes, startMessaging } from '../messaging.ts';

let data: ReturnType<typeof temporaryFolder>;
let system: LocalSystem | undefined;
beforeEach(() => {
  data = temporaryFolder();
});
afterEach(async () => {
  await system?.stop();
  data.remove();
});

const begun = (): Note[] => notes(data.folder).filter(({ at }) => at === 'begin');

it('calls its function at its rate with a scheduled event, one run after the other, until it is stopped', async () => {
  system = await startMessaging(data.folder, { sweepEveryMs: 40 });
  await expect.poll(() => begun().length, { timeout: 5_000 }).toBeGreaterThanOrEqual(4);
  expect(begun()[0]?.event).toMatchObject({
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    resources: ['arn:aws:events:us-east-1:000000000000:rule/Clock'],
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  });
  const phases = notes(data.folder).map(({ at }) => at);
  for (const [index, at] of phases.entries()) expect(at).toBe(index % 2 === 0 ? 'begin' : 'end');
  await system.stop();
  const count = begun().length;
  await delay(150);
  expect(begun().length).toBe(count);
});

it('is not early: a rule of one minute has not called after a second', async () => {
  system = await startMessaging(data.folder);
  await delay(1_000);
  expect(begun()).toEqual([]);
  await system.functions.get('Worker')?.invoke('{}');
  await expect.poll(() => begun().length).toBe(1);
});

it('keeps its rate when the clock is moved', async () => {
  system = await startMessaging(data.folder);
  await fetch(`${system.api}/local/clock`, { method: 'POST', body: '{"advance":"PT5M30S"}' });
  expect(begun()).toHaveLength(5);
});

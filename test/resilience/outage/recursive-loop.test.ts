import { describe, expect, it } from 'vitest';
import { loadAssembly } from '../../../infra/local/cloudformation/assembly.ts';
import type { Assembly } from '../../../infra/local/cloudformation/template.ts';
import { readSettings } from '../../../infra/local/settings.ts';
import { type ApiClient, createApiClient, phones } from '../../support/api.ts';
import { dialect } from '../../support/job-context.ts';
import { startLedgerProvider } from '../../support/ledger-provider.ts';
import { startStack } from '../../support/stack.ts';

// The whole stack on this machine, whose queue pollers end a chain of messages as Lambda does. The clock is moved from one thing that is
// due to the next, so that the eight minutes take as long as the calls that wait in vain, which are as long as in the stage.

const BATCHES = 60;
/** Milliseconds. */
const OUTAGE = 8 * 60_000;
/** How soon after the outage everything must be sent (milliseconds). */
const SOON = 120_000;

/** How the provider is out of reach, and how it comes back. */
const OUTAGES = {
  'is silent': { decide: { accepted: false, connection: 'silence' as const }, closed: false },
  'refuses connections': { decide: undefined, closed: true },
};

/** Sends a job into an outage, and lets the time of the outage pass, and two minutes more. */
async function sendInto(outage: keyof typeof OUTAGES, assembly?: Assembly) {
  const { decide, closed } = OUTAGES[outage];
  let isOut = true;
  const provider = await startLedgerProvider({ dialect, decide: () => (isOut ? decide : undefined) });
  if (closed) await provider.close();
  const shown: string[] = [];
  const options = { show: (line: string) => void shown.push(line), ...(assembly && { assembly }) };
  const system = await startStack({ PROVIDER_URL: provider.url, PHONES_PER_CALL: 1 }, options);
  try {
    const api = createApiClient(system.api);
    const { batchCount, links } = (await api.send({ pattern: '【签名】您好', recipients: phones(BATCHES) })).as('Job');
    expect(batchCount).toBe(BATCHES);
    const counts = async () => (await api.get(links.self)).as('Job').counts;
    const start = await advance(api, 'PT1S');
    for (let now = start; now < start + OUTAGE; now = await advance(api, 'PT10S'));
    const before = await counts();
    isOut = false;
    await provider.open();
    const back = await advance(api, 'PT1S');
    for (let now = back; now < back + SOON - 10_000 && (await counts()).pending > 0; now = await advance(api, 'PT10S'));
    const dropped = shown.filter((line) => line.includes('led to itself')).length;
    return { before, after: await counts(), dropped, ledger: provider.ledger };
  } finally {
    await system.stop();
    await provider.stop();
  }
}

/** Moves the clock on. @returns its time, epoch milliseconds */
async function advance(api: ApiClient, duration: string): Promise<number> {
  const answer = await api.post('/local/clock', { advance: duration });
  expect(answer.status, answer.text).toBe(200);
  return Date.parse((JSON.parse(answer.text) as { now: string }).now);
}

// Side by side, since they wait most of the time.
describe.concurrent('60 batches wait while the provider is out of reach for 8 minutes', { timeout: 540_000 }, () => {
  it.each(Object.keys(OUTAGES) as (keyof typeof OUTAGES)[])(
    'and %s: nothing is dropped, and all that waits is sent within two minutes of its return',
    async (outage) => {
      const { before, after, dropped, ledger } = await sendInto(outage);
      expect(dropped).toBe(0);
      // A call into silence is unknown and is not made again; what is refused was not sent.
      expect(before).toMatchObject({ total: BATCHES, accepted: 0, pending: BATCHES - before.unknown });
      expect(before.unknown).toBeLessThanOrEqual(outage === 'is silent' ? 15 : 0);
      // The call that was under way at the return may have begun in silence.
      const late = after.unknown - before.unknown;
      expect(late).toBeLessThanOrEqual(1);
      expect(after).toMatchObject({ accepted: before.pending - late, pending: 0 });
      expect([...ledger.values()]).toEqual(Array(after.accepted).fill(1));
    },
  );

  it('and is silent, where functions may not loop: batches are dropped, and are not sent in time. So the limit is in force', async () => {
    const { after, dropped } = await sendInto('is silent', await withoutLoops());
    expect(dropped).toBeGreaterThan(0);
    expect(after.pending).toBeGreaterThan(0);
  });
});

/** The stack with no function that Lambda would let loop. */
async function withoutLoops(): Promise<Assembly> {
  const { template, assets } = await loadAssembly(readSettings({ PHONES_PER_CALL: '1' }));
  const changed = structuredClone(template);
  let forbidden = 0;
  for (const { Type, Properties } of Object.values(changed.Resources)) {
    if (Type !== 'AWS::Lambda::Function' || Properties?.RecursiveLoop !== 'Allow') continue;
    delete Properties.RecursiveLoop;
    forbidden++;
  }
  expect(forbidden).toBeGreaterThan(0);
  return { template: changed, assets };
}

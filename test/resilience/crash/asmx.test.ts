import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CustomSendReturn } from '../../../functions/shared/customsend/call.ts';
import { CREATING } from '../../../functions/shared/job/deadlines.ts';
import { parallel } from '../../../functions/shared/parallel.ts';
import { aCall, ask } from '../../support/drop-in.ts';
import { onEveryEngine, phones } from '../../support/job-context.ts';
import { type Engines, openEngines, startSystem, type TestSystem } from '../../support/system.ts';
import { type Interruption, startWorker } from '../../support/worker.ts';
import type { WorkerClient } from '../../support/worker-client.ts';

const WIDTH = 6;
const TIMEOUT = 180_000;
/** More rounds than anything needs to come to a definite answer. */
const MOST_ROUNDS = 8;
const DIED = 'died';

/** What old programs do: the same request again and again, until it is answered or they are told not to. */
interface Story {
  recipients: readonly string[];
  /** Before the worker begins: an answered request to the same phones makes it begin with the next sequence. */
  before: number;
  makes: readonly string[];
}

const stories: Record<string, Story> = {
  'a first request, two calls': {
    recipients: phones(3),
    before: 0,
    makes: [
      'table PutItem DEDUP',
      'table PutItem CREATING',
      'table PutItem JOB',
      'provider POST /Services.asmx/CustomSend',
      'table UpdateItem B#0000002',
    ],
  },
  'the same request after its answer': {
    recipients: phones(2),
    before: 1,
    makes: ['table UpdateItem DEDUP', 'table PutItem JOB', 'table UpdateItem JOB'],
  },
};

onEveryEngine('a drop-in request is cut off at any step, while another joins it, and is sent again by its caller', (address) => {
  let engines: Engines;
  beforeAll(async () => {
    engines = await openEngines(address.endpoint);
  });
  afterAll(() => engines.stop());

  test.each(Object.entries(stories))('%s', { timeout: TIMEOUT }, async (_name, story) => {
    const undisturbed = await run(engines, story);
    for (const name of story.makes) expect(undisturbed).toContain(name);
    const deaths = undisturbed.flatMap((_request, index): Interruption[] => [
      { at: index + 1, when: 'before', by: 'death' },
      { at: index + 1, when: 'after', by: 'death' },
    ]);
    const died = await parallel(deaths, async (death) => (await run(engines, story, death)).at(-1) === DIED, WIDTH);
    expect(died.filter(Boolean).length).toBeGreaterThan(deaths.length * 0.8);
  });
});

/** @returns the requests that the worker made, and at last whether it died */
async function run(engines: Engines, story: Story, death?: Interruption): Promise<string[]> {
  const system = await startSystem(engines);
  try {
    const call = aCall(story.recipients);
    for (let time = 0; time < story.before; time++) expect(await ask(system.rest, call)).toMatchObject({ RetCode: 'Sucess' });
    system.pass(1_000);
    const sentBefore = system.provider.phones().length;
    const worker = await startWorker(system.harness, death);
    const client: WorkerClient = system.join(worker.addresses);
    const acted = ask(client, call, { within: 10_000 });
    const joined = death ? worker.interrupted.then(() => ask(system.rest, call, { within: 1_500 })) : undefined;
    await (death ? Promise.race([worker.interrupted, acted.catch(() => undefined)]) : acted);
    // Calls side by side take steps as they come: a run may be over before the request at which it was to die.
    const dead = worker.isDead();
    const answer = dead ? await untilAnswered(system, await joined, () => ask(system.rest, call, { within: 6_000 })) : await acted;
    // Who dies between the note that the answer is given and giving it is like a caller who lost it: the same request is sent again.
    const { requests } = worker;
    const given = dead && requests.at(-1) === 'table UpdateItem DEDUP' && requests.some((name) => name.startsWith('provider'));
    expectTrue(system, story, given && death?.when === 'after' ? sentBefore + story.recipients.length : sentBefore, answer);
    await worker.stop();
    client.close();
    return dead ? [...worker.requests, DIED] : worker.requests;
  } catch (error) {
    throw death ? new Error(`It died ${death.when} request ${death.at}.`, { cause: error }) : error;
  } finally {
    await system.stop();
  }
}

/** Asks again while the answer is that nothing is known yet, and lets time pass in between, with all that happens by itself. */
async function untilAnswered(
  system: TestSystem,
  first: CustomSendReturn | undefined,
  again: () => Promise<CustomSendReturn>,
): Promise<CustomSendReturn> {
  let answer = first as CustomSendReturn;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if (answer.RetCode === 'Sucess' || answer.Message?.includes('outcome is unknown')) return answer;
    system.pass(CREATING + 1_000);
    const { keys } = await system.rest.context.table.keys({ index: 'byCaller', partition: 'CALLER#caller', limit: 10 });
    for (const { pk } of keys) await system.goOn(pk.slice('JOB#'.length));
    answer = await again();
  }
  throw new Error(`There is no answer after ${MOST_ROUNDS} rounds: ${answer.Message}`);
}

/** No recipient is sent to twice, what is said to be sent was, and what is said to be unknown is named. */
function expectTrue(
  { provider }: TestSystem,
  { recipients }: Story,
  sentBefore: number,
  { RetCode, Message, ErrorPhones }: CustomSendReturn,
): void {
  const sent = provider.phones().slice(sentBefore);
  expect(new Set(sent).size).toBe(sent.length);
  const notSent = (ErrorPhones ?? '').split(';').filter((phone) => phone !== '');
  const unknown = recipients.filter((phone) => Message?.includes(phone));
  if (RetCode !== 'Sucess') expect(unknown.length).toBeGreaterThan(0);
  for (const phone of RetCode === 'Sucess' ? recipients : []) {
    if (notSent.includes(phone)) expect(sent).not.toContain(phone);
    else if (!unknown.includes(phone)) expect(sent).toContain(phone);
  }
}

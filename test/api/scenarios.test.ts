import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLedger } from '../../functions/sandbox/ledger.ts';
import { SCENARIOS, WRONG_PHONE } from '../../functions/sandbox/scenarios.ts';
import { PROTOCOLS } from '../../functions/shared/customsend/call.ts';
import { temporaryFolder } from '../local/fixture.ts';
import { type ApiAnswer, phones } from '../support/api.ts';
import { dynamoDbClient } from '../support/aws-clients.ts';
import { closeBreaker, stackOfFile } from '../support/stack.ts';

/** Longer than any answer but `late` and `silence`. */
const TIMEOUT_MS = 2_000;
const TOKEN = 'token-that-no-log-has';
const KEY = 'key-that-no-log-has';

type Became = 'accepted' | 'rejected' | 'unknown' | 'pending';

/** What design.md's list makes of each scenario, and whether the provider took the call. */
const scenarios: [phone: string, became: Became, taken: boolean, what: string][] = [
  ['19900000001', 'rejected', false, 'Faild without a job id'],
  ['19900000002', 'unknown', true, 'a reset after the first byte'],
  ['19900000003', 'unknown', true, 'silence after the first byte'],
  ['19900000004', 'unknown', true, 'a 500 page'],
  ['19900000005', 'unknown', true, 'a 200 that is cut off'],
  ['19900000006', 'unknown', false, 'a 503'],
  ['19900000008', 'accepted', true, 'Sucess in GBK'],
  ['19900000009', 'rejected', false, 'a Client fault'],
  ['19900000010', 'unknown', false, 'a Server fault'],
  ['19900000011', 'unknown', true, 'an answer after the time is over'],
  ['19900000012', 'unknown', true, 'a 500 as plain text'],
  [WRONG_PHONE, 'rejected', false, 'Faild, since no phone is right'],
  ['19900000014', 'pending', false, 'a 429'],
  ['19900000015', 'unknown', true, 'Faild with a job id'],
];
const CLOSES_PORT = '19900000007';
const SLOW = ['19900000003', '19900000011'];

it('knows every magic phone', () => {
  const known = [...scenarios.map(([phone]) => phone), CLOSES_PORT];
  expect(known.toSorted()).toEqual([...SCENARIOS.map(({ phone }) => phone), WRONG_PHONE].toSorted());
});

describe.each(PROTOCOLS)('by %s', (protocol) => {
  const data = temporaryFolder();
  const answers = new Map<string, ApiAnswer>();
  afterAll(data.remove);
  const settings = { DATA_DIR: data.folder, PROVIDER_PROTOCOL: protocol, PROVIDER_TIMEOUT_MS: TIMEOUT_MS, PROVIDER_TOKEN: TOKEN };
  const { api, system, context } = stackOfFile(settings);

  const send = (phone: string) => api.send({ pattern: '【签名】{0}', recipients: [{ phone, detail: ['秘密'] }] }, `${KEY}-${phone}`);
  const answer = (phone: string) => answers.get(phone)?.as('Job');
  /** Past the sandbox, whose port may be closed. */
  const ledgerOf = async (phone: string) => {
    const names = [...system().functions.values()].map(({ spec }) => spec.environment.LEDGER_TABLE_NAME);
    const ledger = createLedger(dynamoDbClient(system().dynamoDb), names.find((name) => name !== undefined) ?? '');
    return (await ledger.read({ phone, limit: 100 })).messages;
  };

  beforeAll(async () => {
    const slow = SLOW.map(async (phone) => answers.set(phone, await send(phone)));
    for (const [phone] of scenarios.filter(([other]) => !SLOW.includes(other))) {
      await closeBreaker(context());
      answers.set(phone, await send(phone));
    }
    await Promise.all(slow);
  });
  beforeEach(() => closeBreaker(context()));

  it.each(scenarios)('%s is %s, in the ledger: %s (%s)', async (phone, became, taken) => {
    expect(answers.get(phone)?.status).toBe(['pending', 'unknown'].includes(became) ? 202 : 201);
    expect(answer(phone)?.counts).toMatchObject({ total: 1, [became]: 1 });
    expect(await ledgerOf(phone)).toHaveLength(taken ? 1 : 0);
  });

  it('nothing is sent again for the same key', async () => {
    for (const [phone, became, taken] of scenarios.filter(([, state]) => state !== 'pending')) {
      const again = await send(phone);
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      expect(again.as('Job').counts).toMatchObject({ [became]: 1 });
      expect(await ledgerOf(phone)).toHaveLength(taken ? 1 : 0);
    }
  });

  it.each([
    'Chinese 【签名】您好，㐀𠮷 and emoji 😀👨‍👩‍👧',
    'XML: & < > " \' ]]> 1 < 2 &amp; <!',
    'forms: %41 100%+1 a=b&c=d ?#/\\ %u4F60',
    ' blanks\tat both ends and\nlines ',
  ])('%j arrives unharmed', async (text) => {
    const soap = protocol === 'soap11' || protocol === 'soap12';
    const [phone = ''] = phones(1, text.length);
    const pattern = soap ? `${text}<b>&#38;</b>` : text.replace('<!', '');
    const job = (await api.send({ pattern, recipients: [phone] })).as('Job');
    expect(job.outcome).toBe('accepted');
    expect((await ledgerOf(phone)).map((message) => message.text)).toEqual([pattern]);
  });

  it('a closed port costs nothing but time', async () => {
    expect((await send(CLOSES_PORT)).as('Job').counts.accepted).toBe(1);
    expect(await ledgerOf(CLOSES_PORT)).toHaveLength(1);
    const [phone = ''] = phones(1, 500);
    const job = (await api.send({ pattern: 'hi', recipients: [phone] })).as('Job');
    expect(job.counts.pending).toBe(1);
    expect(job.batches[0]).toMatchObject({ status: 'waiting', code: 'refused', notBefore: expect.any(String) });
    expect(await ledgerOf(phone)).toEqual([]);
  });

  it('no log has a phone, a text, the token or a key', async () => {
    await api.send({ pattern: '{0}', recipients: [{ phone: '13800138000', detail: ['秘密;'] }] }, KEY);
    const folder = join(data.folder, 'logs');
    const logs = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    expect(logs.join('')).toContain('"route":"POST /v1/jobs"');
    for (const secret of ['秘密', '签名', TOKEN, KEY, '13800138000', CLOSES_PORT, ...scenarios.map(([phone]) => phone)]) {
      expect(logs.join('').includes(secret), secret).toBe(false);
    }
  });
});

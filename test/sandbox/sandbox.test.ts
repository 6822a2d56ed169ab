import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createJobIds } from '../../functions/sandbox/job-ids.ts';
import { createLedger, type Ledger } from '../../functions/sandbox/ledger.ts';
import { answerRequest, type Sandbox } from '../../functions/sandbox/provider.ts';
import { SCENARIOS } from '../../functions/sandbox/scenarios.ts';
import { PROTOCOLS } from '../../functions/shared/customsend/call.ts';
import { startDynalite } from '../../infra/local/dynamodb/dynalite-engine.ts';
import { dynamoDbClient } from '../support/aws-clients.ts';
import { createLedgerTable, DIALECT, readAll, requestOf, rootOf } from '../support/sandbox.ts';

const [GOOD, OTHER, THIRD] = ['13800138000', '13900139000', '13700137000'];
const NOW = new Date('2026-11-22T08:00:00Z');
const engine = await startDynalite();
const client = dynamoDbClient(engine.endpoint);
let tables = 0;
let ledger: Ledger;
let waited: number[];
let sandbox: Sandbox;
beforeEach(async () => {
  const name = `Ledger${++tables}`;
  await createLedgerTable(client, name);
  ledger = createLedger(client, name);
  waited = [];
  const wait = async (milliseconds: number) => void waited.push(milliseconds);
  const env = { DIALECT, CONNECTION_SCENARIOS: 'carry-out' } as const;
  sandbox = { env, ledger, jobIds: createJobIds(() => NOW.getTime(), Math.random), now: () => NOW, wait };
});
afterAll(async () => {
  client.destroy();
  await engine.stop();
});

const send = (call: Parameters<typeof requestOf>[1]) => answerRequest(sandbox, requestOf('http-post', call));
const NOTHING = { CommonJobID: '', SpecialJobIDs: '', TotalSendCount: 0 };

describe('a call', () => {
  it.each(PROTOCOLS)('is accepted by %s, with a job for DefaultDetail and one for the others', async (protocol) => {
    const call = { Details: ';张三;', Phones: `${GOOD};${OTHER};abc;`, SendTime: '2026-12-01 09:00:00' };
    const root = rootOf(await answerRequest(sandbox, requestOf(protocol, call)));
    expect(root).toMatchObject({ RetCode: 'Sucess', TotalSendCount: 2, ErrorPhones: 'abc;' });
    expect(root.CommonJobID).toMatch(/^\d{15,}$/);
    expect(root.SpecialJobIDs).toMatch(/^\d{15,}$/);
    const more = { at: NOW.toISOString(), sendTime: '2026-12-01 09:00:00' };
    expect(await readAll(ledger)).toEqual([
      { phone: GOOD, text: '【签】客户您好', jobId: root.CommonJobID, ...more },
      { phone: OTHER, text: '【签】张三您好', jobId: root.SpecialJobIDs, ...more },
    ]);
  });

  it('has only the job ids that it needs', async () => {
    expect(rootOf(await send({ Phones: GOOD }))).toMatchObject({ SpecialJobIDs: '' });
    expect(rootOf(await send({ Phones: GOOD, Details: '张三' }))).toMatchObject({ CommonJobID: '' });
  });

  it.each([
    ['no token', { Token: '' }, 'Token无效'],
    ['a bad token', { Token: 'bad-one' }, 'Token无效'],
    ['no phone', { Phones: '' }, 'Phones不能为空'],
    ['no pattern', { Pattern: '' }, 'Pattern不能为空'],
    ['a pattern that is none', { Pattern: '{' }, expect.stringContaining('内容有误')],
    ['a field too few', { Pattern: '{0}{1}' }, expect.stringContaining('{1}')],
    ['a detail too many', { Details: 'a;b' }, expect.stringContaining('2 details for 1 phones')],
    ['a text too long', { Pattern: 'x'.repeat(1_001) }, expect.stringContaining('1000 characters')],
  ])('with %s is Faild', async (_name, call, message) => {
    expect(rootOf(await send({ Phones: GOOD, ...call }))).toEqual({ RetCode: 'Faild', Message: message, ...NOTHING, ErrorPhones: '' });
    expect(await readAll(ledger)).toEqual([]);
  });

  it('with malformed phones alone is Faild and names them', async () => {
    expect(rootOf(await send({ Phones: '123;12800138000;' }))).toMatchObject({ RetCode: 'Faild', ErrorPhones: '123;12800138000;' });
  });

  it('may carry 10,000 phones', async () => {
    const phones = Array.from({ length: 10_000 }, (_, index) => `138${String(index).padStart(8, '0')}`);
    const details = phones.map((phone) => `客户${Math.imul(Number(phone), 2_654_435_761)}`);
    const start = performance.now();
    expect(rootOf(await send({ Phones: phones.join(';'), Details: details.join(';') }))).toMatchObject({ TotalSendCount: 10_000 });
    expect(performance.now() - start).toBeLessThan(5_000);
    expect((await readAll(ledger)).map(({ phone, text }) => [phone, text])).toEqual(
      phones.map((phone, index) => [phone, `【签】${details[index]}您好`]),
    );
    expect(rootOf(await send({ Phones: `${phones.join(';')};${GOOD}` }))).toMatchObject({ RetCode: 'Faild' });
  });
});

it('shows a page at the bare address, and refuses what is no call', async () => {
  const request = requestOf('soap11', { Phones: GOOD });
  const page = await answerRequest(sandbox, { ...request, method: 'GET' });
  expect(page).toMatchObject({ status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' } });
  expect(page.body).toContain('CustomSend');
  expect((await answerRequest(sandbox, { ...request, body: Buffer.from('<a') })).status).toBe(400);
});

describe('a magic phone', () => {
  const HTML = 'text/html; charset=utf-8';
  const XML = 'text/xml; charset=utf-8';
  it.each([
    ['01', 200, XML, 'Faild', 0],
    ['02', 200, XML, 'Sucess', 2],
    ['03', 200, XML, 'Sucess', 2],
    ['04', 500, HTML, '', 2],
    ['05', 200, XML, 'Sucess', 2],
    ['06', 503, HTML, '', 0],
    ['07', 200, XML, 'Sucess', 2],
    ['08', 200, 'text/xml; charset=gbk', 'Sucess', 2],
    ['09', 500, XML, 'soap:Client', 0],
    ['10', 500, XML, 'soap:Server', 0],
    ['11', 200, XML, 'Sucess', 2],
    ['12', 500, 'text/plain; charset=utf-8', '', 2],
    ['14', 429, HTML, '', 0],
    ['15', 200, XML, 'Faild', 2],
  ])('199000000%s is answered %i %s %s with %i messages in the ledger', async (ending, status, type, says, kept) => {
    const answer = await send({ Phones: `${GOOD};199000000${ending};` });
    expect([answer.status, answer.headers['Content-Type']]).toEqual([status, type]);
    expect(String(answer.body)).toContain(says);
    expect(await readAll(ledger)).toHaveLength(kept);
    const { connection } = SCENARIOS.find(({ phone }) => phone.endsWith(ending)) ?? {};
    expect(answer.headers['Sandbox-Scenario']).toBe(connection);
    expect(connection).toBe({ '02': 'reset', '03': 'silence', '07': 'close-port' }[ending]);
    expect(waited).toEqual(ending === '11' ? [3_000] : []);
  });

  it('cuts the XML off, writes GBK, and says Faild with a job id', async () => {
    const cut = await send({ Phones: '19900000005' });
    expect(() => rootOf(cut)).toThrow('not-xml');
    expect(rootOf(await send({ Phones: '19900000008;号;' }))).toMatchObject({ RetCode: 'Sucess', Message: '提交成功', ErrorPhones: '?;' });
    expect(rootOf(await send({ Phones: '19900000015' }))).toMatchObject({ RetCode: 'Faild', CommonJobID: expect.stringMatching(/^\d+$/) });
  });

  it.each(['soap12', 'http-get'] as const)('is a SOAP 1.1 fault on %s too', async (protocol) => {
    const answer = await answerRequest(sandbox, requestOf(protocol, { Phones: '19900000009' }));
    expect(answer).toMatchObject({ status: 500, headers: { 'Content-Type': XML }, body: expect.stringContaining('soap:Client') });
  });

  it('19900000013 is wrong, and nothing else is', async () => {
    expect(rootOf(await send({ Phones: `19900000013;${GOOD}` }))).toMatchObject({ TotalSendCount: 1, ErrorPhones: '19900000013;' });
    expect((await readAll(ledger)).map(({ phone }) => phone)).toEqual([GOOD]);
    expect(rootOf(await send({ Phones: '19900000013' }))).toMatchObject({ RetCode: 'Faild', ErrorPhones: '19900000013;' });
  });

  it('of several the lowest decides, and 13 goes with any', async () => {
    expect((await send({ Phones: '19900000012;19900000004;19900000013' })).headers['Content-Type']).toBe(HTML);
    expect((await readAll(ledger)).map(({ phone }) => phone)).toEqual(['19900000012', '19900000004']);
  });

  it('of the connection is refused by name where there is no front', async () => {
    sandbox = { ...sandbox, env: { DIALECT, CONNECTION_SCENARIOS: 'refuse' } };
    for (const ending of ['02', '03', '07']) {
      const root = rootOf(await send({ Phones: `${THIRD};199000000${ending}` }));
      expect(root).toMatchObject({ RetCode: 'Faild', ...NOTHING, Message: expect.stringContaining(`199****00${ending}`) });
    }
    expect(await readAll(ledger)).toEqual([]);
    expect((await send({ Phones: '19900000006' })).status).toBe(503);
  });
});

it('job ids are unique and rise', () => {
  const next = createJobIds(
    () => 1_795_000_000_000,
    () => 0.5,
  );
  const ids = Array.from({ length: 1_000 }, next);
  expect(new Set(ids).size).toBe(1_000);
  expect(ids).toEqual(ids.toSorted());
});

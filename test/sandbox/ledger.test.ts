import { randomBytes } from 'node:crypto';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { createLedger, type Ledger } from '../../functions/sandbox/ledger.ts';
import { answerLedger } from '../../functions/sandbox/ledger-page.ts';
import { startDynalite } from '../../infra/local/dynamodb/dynalite-engine.ts';
import { dynamoDbClient } from '../support/aws-clients.ts';
import { createLedgerTable, readAll } from '../support/sandbox.ts';

const engine = await startDynalite();
const client = dynamoDbClient(engine.endpoint);
let tables = 0;
let table: string;
let ledger: Ledger;
beforeEach(async () => {
  table = `Ledger${++tables}`;
  await createLedgerTable(client, table);
  ledger = createLedger(client, table);
});
afterAll(async () => {
  client.destroy();
  await engine.stop();
});

const AT = Date.parse('2026-11-22T08:00:00Z');
const write = (seconds: number, phones: readonly string[], text = 'x') =>
  ledger.write(
    phones.map((phone) => ({ phone, text, jobId: '1' })),
    new Date(AT + seconds * 1_000),
    '',
  );
const phonesOf = (messages: readonly { phone: string }[]) => messages.map(({ phone }) => phone);

it('gives pages in the order of acceptance, across calls and within them', async () => {
  const calls = Array.from({ length: 5 }, (_, call) => Array.from({ length: call * 2 + 1 }, (_, index) => `${call}-${index}`));
  for (const call of [4, 0, 2, 1, 3]) await write(call, calls[call] as string[]);
  for (const limit of [1, 2, 3, 7, 24, 25, 26]) expect(phonesOf(await readAll(ledger, limit))).toEqual(calls.flat());
  expect(await ledger.read({ limit: 25 })).toMatchObject({ next: null });
});

it('goes on with what was accepted after the last page', async () => {
  await write(0, ['a', 'b']);
  const { next } = await ledger.read({ limit: 1 });
  await write(1, ['c']);
  expect(phonesOf((await ledger.read({ limit: 9, cursor: next ?? '' })).messages)).toEqual(['b', 'c']);
});

it('finds every message of a phone', async () => {
  await write(0, ['a', 'b', 'a']);
  await write(1, ['b', 'a']);
  expect(phonesOf(await readAll(ledger, 2, 'a'))).toEqual(['a', 'a', 'a']);
  expect(await readAll(ledger, 2, 'none')).toEqual([]);
});

/** Not to be compressed, so that few messages fill an item. */
const noise = randomBytes(150_000).toString('base64');

it('keeps a call that is too large for one item', async () => {
  const phones = Array.from({ length: 3_000 }, (_, index) => String(index));
  await ledger.write(
    phones.map((phone) => ({ phone, text: randomBytes(200).toString('base64'), jobId: '1' })),
    new Date(AT),
    '',
  );
  expect(phonesOf(await readAll(ledger))).toEqual(phones);
});

it('never shows a part of a call that broke off', async () => {
  const texts = Array.from({ length: 4 }, () => randomBytes(200_000).toString('base64'));
  const messages = texts.map((text) => ({ phone: 'a', text, jobId: '1' }));
  for (let allowed = 0; allowed < 9; allowed++) {
    const broken = dynamoDbClient(engine.endpoint);
    let puts = 0;
    broken.middlewareStack.add(
      (next) => async (request) => {
        if (puts++ === allowed) throw new Error('power cut');
        return next(request);
      },
      { step: 'initialize' },
    );
    const wrote = await createLedger(broken, table)
      .write(messages, new Date(AT), '')
      .then(
        () => true,
        () => false,
      );
    broken.destroy();
    expect((await readAll(ledger)).length).toBe(wrote ? 4 : 0);
    if (wrote) return expect(allowed).toBeGreaterThan(2);
  }
  expect.unreachable('the write never had enough puts');
});

it('pages through 1 MB queries, and stops a page that finds nothing', async () => {
  const calls = Array.from({ length: 24 }, (_, call) => String(call));
  for (const call of calls) await write(Number(call), [call], noise + noise);
  expect(phonesOf(await readAll(ledger))).toEqual(calls);
  const first = await ledger.read({ limit: 1, phone: '23' });
  expect(first.messages).toEqual([]);
  expect(first.next).not.toBeNull();
  expect(phonesOf(await readAll(ledger, 1, '23'))).toEqual(['23']);
});

it('answers as JSON, and refuses a query that makes no sense', async () => {
  await write(0, ['13800138000']);
  const answer = await answerLedger(ledger, { phone: '13800138000', limit: '1' });
  expect(answer).toMatchObject({ status: 200, headers: { 'Content-Type': 'application/json' } });
  const message = { phone: '13800138000', text: 'x', jobId: '1', at: '2026-11-22T08:00:00.000Z', sendTime: '' };
  expect(JSON.parse(answer.body as string)).toEqual({ messages: [message], next: null });
  for (const query of [{ limit: '0' }, { limit: '1001' }, { limit: 'x' }, { cursor: 'x' }, { cursor: '' }]) {
    expect((await answerLedger(ledger, query)).status).toBe(400);
  }
});

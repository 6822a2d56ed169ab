import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { ProblemType } from '../../functions/shared/problem/problem.ts';
import { phones, readLedger } from '../support/api.ts';
import { stackOfFile } from '../support/stack.ts';

const { api, system } = stackOfFile();
afterEach(async () => {
  expect(await readLedger(system().ledger)).toEqual([]);
  expect((await api.get('/v1/jobs')).as('Jobs').items).toEqual([]);
});

const good = { pattern: 'hi', recipients: ['13000000001'] };
/** JSON that an object literal cannot write: `__proto__` as a field. */
const withProto = (fields: string) => `{"pattern":"hi","recipients":["13000000001"],${fields}}`;

describe('a request that is not JSON is refused', () => {
  const json = JSON.stringify(good);
  const cases: [name: string, type: ProblemType, body: string | Uint8Array, headers?: Record<string, string>][] = [
    ['cut off', 'invalid-json', '{"pattern":'],
    ['empty', 'invalid-json', ''],
    ['two documents', 'invalid-json', json + json],
    ['no UTF-8', 'invalid-json', Buffer.from('{"pattern":"\xff","recipients":["13000000001"]}', 'latin1')],
    ['binary', 'invalid-json', Uint8Array.from({ length: 256 }, (_, index) => index)],
    ['text/plain', 'unsupported-media-type', json, { 'Content-Type': 'text/plain' }],
    ['a form', 'unsupported-media-type', json, { 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['over 4 MB', 'body-too-large', JSON.stringify({ ...good, pattern: 'x'.repeat(4 * 1024 * 1024) })],
  ];
  it.each(cases)('%s', async (_name, type, body, headers = {}) => {
    const answer = await api.post('/v1/jobs', body, { 'Idempotency-Key': randomUUID(), ...headers });
    expect(answer.problem(type).retry).toBe(false);
    (await api.post('/v1/preview', body, headers)).problem(type);
  });

  it('over what the gateway takes', async () => {
    expect((await api.send(JSON.stringify({ ...good, pattern: 'x'.repeat(11 * 1024 * 1024) }))).status).toBe(413);
  });
});

it.each([
  ['no key', ''],
  ['a key of 256 characters', 'k'.repeat(256)],
])('%s is refused', async (_name, key) => {
  (await api.send(good, key)).problem('idempotency-key-missing');
});

it('more than 10,000 recipients are refused, in both forms', async () => {
  const many = phones(10_001);
  (await api.send({ ...good, recipients: many })).problem('too-many-recipients');
  (await api.send({ pattern: 'hi', phones: many.join(';') })).problem('too-many-recipients');
});

describe('wrong fields are named with their places, all at once', () => {
  const both = { ...good, phones: '13000000001' };
  const cases: [name: string, body: unknown, places: string[]][] = [
    ['nothing', {}, ['pattern', 'recipients']],
    ['null', 'null', ['body']],
    ['a list', [], ['body']],
    ['both forms', both, ['phones']],
    ['no recipients', { pattern: 'hi', recipients: [] }, ['recipients']],
    ['no phones', { pattern: 'hi', phones: '' }, ['phones']],
    [
      'shapes',
      {
        pattern: 1,
        recipients: [5, {}, { phone: 1, detail: 'x' }, { phone: '13000000001', fone: '' }],
        smsType: 1.5,
        postFixNumber: '0',
        validFor: '1h',
        x: 1,
      },
      [
        ...['pattern', 'smsType', 'postFixNumber', 'validFor', 'recipients[0]', 'recipients[1].phone', 'recipients[2].phone'],
        ...['recipients[2].detail', 'recipients[3].fone', 'x'],
      ],
    ],
    [
      'messages',
      { pattern: '{0}', recipients: ['1', { phone: '13000000001', detail: ['a\ud800'] }, { phone: '13000000002', detail: [] }] },
      ['recipients[0].phone', 'recipients[0].detail', 'recipients[1].detail[0]', 'recipients[2].detail'],
    ],
    ['patterns', { ...good, pattern: '{0}{2}}' }, ['pattern', 'pattern']],
    ['a field without a value', { ...good, pattern: '{0}' }, ['recipients[0].detail']],
    ['too long a text', { ...good, pattern: 'x'.repeat(501) }, ['pattern']],
    [
      'one phone, two texts',
      { pattern: '{0}', recipients: ['a', 'b'].map((detail) => ({ phone: '13000000001', detail: [detail] })) },
      ['recipients[1].phone'],
    ],
    ['a phone twice in strings', { pattern: 'hi', phones: '13000000001;13000000002;+8613000000001' }, ['phones[2]']],
    ['more details than phones', { pattern: '{0}', phones: '13000000001', details: 'a;b' }, ['details']],
    ['what no encoding carries', { ...good, pattern: 'a\ud800' }, ['pattern']],
    ['__proto__', withProto('"__proto__":{"smsType":2}'), ['__proto__']],
    ['constructor', { ...good, constructor: { prototype: {} }, toString: 1 }, ['constructor', 'toString']],
    [
      '__proto__ of a recipient',
      '{"pattern":"hi","recipients":[{"__proto__":{"phone":"13000000001"}}]}',
      ['recipients[0].phone', 'recipients[0].__proto__'],
    ],
  ];
  it.each(cases)('%s', async (_name, body, places) => {
    const problem = (await api.send(body)).problem('invalid-request');
    expect(problem.retry).toBe(false);
    expect(problem.errors?.map(({ place }) => place).toSorted()).toEqual(places.toSorted());
  });

  it('a hundred of them, and counts the rest', async () => {
    const problem = (await api.send({ pattern: 'hi', recipients: Array(250).fill('1') })).problem('invalid-request');
    expect(problem.errors).toHaveLength(100);
    expect(problem.furtherErrors).toBe(150);
  });

  it('without the texts and phones of the request', async () => {
    const { text } = await api.send({ pattern: '{0}', recipients: [{ phone: '199123', detail: ['秘密;'] }], x: '秘密' });
    expect(text).not.toMatch(/秘密|199123/);
  });
});

describe('a preview', () => {
  const preview = async (body: object, query = '') => (await api.post(`/v1/preview${query}`, body)).as('Preview');

  it('shows texts, segments, calls and what is removed', async () => {
    const shown = await preview({
      pattern: '【签名】{0}您好',
      defaultDetail: ['客户'],
      recipients: ['13000000001', { phone: '13000000002', detail: ['长'.repeat(65)] }, '+86 13000000001'],
    });
    expect(shown).toEqual({
      ...{ sendable: true, calls: 1, recipients: 2, segments: 3, warnings: [] },
      removed: [{ place: 'recipients[2]', phone: '13000000001', firstPlace: 'recipients[0]' }],
      items: [
        { phone: '13000000001', text: '【签名】客户您好', segments: 1 },
        { phone: '13000000002', text: `【签名】${'长'.repeat(65)}您好`, segments: 2 },
      ],
    });
  });

  it('reads the strings form, and warns of what carriers dislike', async () => {
    const shown = await preview({ pattern: '{0}您好', defaultDetail: '客户', phones: '13000000001;13000000002;', details: ';张三;' });
    expect(shown.items?.map(({ text }) => text)).toEqual(['客户您好', '张三您好']);
    expect(shown.warnings).toMatchObject([{ place: 'pattern', code: 'signature-missing' }]);
  });

  it('counts calls and goes page by page', async () => {
    const body = { pattern: 'hi', recipients: phones(1_001) };
    const first = await preview(body, '?limit=600');
    const last = await preview(body, `?limit=600&cursor=${first.next}`);
    expect(first).toMatchObject({ calls: 3, recipients: 1_001, segments: 1_001 });
    expect([first.items?.length, last.items?.length, last.next]).toEqual([600, 401, undefined]);
    expect([...(first.items ?? []), ...(last.items ?? [])].map(({ phone }) => phone)).toEqual(body.recipients);
  });

  it('says what would be refused, with its place', async () => {
    const shown = await preview({ pattern: '{0}', recipients: ['1', { phone: '13000000001', detail: ['a\ud800'] }] });
    expect(shown.sendable).toBe(false);
    expect(shown.errors?.map(({ place }) => place)).toEqual(['recipients[0].phone', 'recipients[0].detail', 'recipients[1].detail[0]']);
    (await api.post('/v1/preview', { pattern: 'hi', recipients: phones(10_001) })).problem('too-many-recipients');
    (await api.post('/v1/preview', { ...good, x: 1 })).problem('invalid-request');
  });
});

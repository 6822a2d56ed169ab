import { describe, expect, it } from 'vitest';
import { decodeContent, encodeContent } from '../../functions/shared/message/encoded-content.ts';
import type { Dialect } from '../../functions/shared/settings.ts';

const dialect: Dialect = { confirmed: true, recipientSeparator: ';', fieldSeparator: ',', trailingSeparator: false };
const trailing: Dialect = { ...dialect, trailingSeparator: true };

const message = {
  pattern: '{0}您好，余额{1}元',
  defaultDetail: ['客户', '0'],
  recipients: [
    { phone: '13800138000', detail: null },
    { phone: '13900139000', detail: ['张三', '100'] },
    { phone: '13700137000', detail: null },
  ],
};

describe('encodeContent', () => {
  it('runs Details parallel to Phones', () => {
    expect(encodeContent(dialect, message)).toEqual({
      Pattern: '{0}您好，余额{1}元',
      DefaultDetail: '客户,0',
      Details: ';张三,100;',
      Phones: '13800138000;13900139000;13700137000',
    });
  });

  it('ends both with a separator where the dialect wants it', () => {
    expect(encodeContent(trailing, message)).toMatchObject({
      Details: ';张三,100;;',
      Phones: '13800138000;13900139000;13700137000;',
    });
  });

  it.each([dialect, trailing])('leaves Details empty when no recipient has a detail of its own', (either) => {
    const recipients = message.recipients.map(({ phone }) => ({ phone, detail: null }));
    expect(encodeContent(either, { ...message, recipients }).Details).toBe('');
  });

  it('takes other separators', () => {
    const other: Dialect = { confirmed: true, recipientSeparator: '|', fieldSeparator: '\t', trailingSeparator: false };
    expect(encodeContent(other, message)).toMatchObject({ DefaultDetail: '客户\t0', Details: '|张三\t100|' });
  });
});

describe('decodeContent', () => {
  it.each([dialect, trailing])('reads what was written', (either) => {
    const { defaultDetail, recipients } = message;
    expect(decodeContent(either, encodeContent(either, message))).toEqual({ defaultDetail, recipients, problems: [] });
  });

  it.each([
    ['p1;p2', 'a,b', [['a', 'b'], null]],
    ['p1;p2;', 'a;b', [['a'], ['b']]],
    ['p1;p2', 'a;b;', [['a'], ['b']]],
    ['p1;p2', ';b', [null, ['b']]],
    ['p1;p2', '', [null, null]],
    ['p1;p2', ',;b', [['', ''], ['b']]],
    ['p1;;p3', 'a;b;c', [['a'], ['b'], ['c']]],
    ['', '', []],
  ])('reads the phones %j with the details %j', (Phones, Details, details) => {
    const { recipients, problems } = decodeContent(dialect, { DefaultDetail: '', Details, Phones });
    expect(recipients.map(({ detail }) => detail)).toEqual(details);
    expect(problems).toEqual([]);
  });

  it('keeps malformed phones', () => {
    const { recipients } = decodeContent(dialect, { DefaultDetail: '', Details: '', Phones: '12;;+86138' });
    expect(recipients.map(({ phone }) => phone)).toEqual(['12', '', '+86138']);
  });

  it.each([
    ['p1', 'a;b'],
    ['p1;', 'a;;'],
    ['', 'a'],
  ])('reads no recipients when there are more details than phones: %j, %j', (Phones, Details) => {
    expect(decodeContent(dialect, { DefaultDetail: 'x', Details, Phones })).toMatchObject({
      defaultDetail: ['x'],
      recipients: [],
      problems: [{ place: 'details', code: 'details-surplus' }],
    });
  });
});

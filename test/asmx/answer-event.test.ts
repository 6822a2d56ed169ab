import { describe, expect, test } from 'vitest';
import { answerEvent } from '../../functions/asmx/answer-event.ts';
import { findCaller, makeToken, revokeToken } from '../../functions/asmx/tokens.ts';
import { encodeRequest } from '../../functions/shared/customsend/write-request.ts';
import { call, form, restEvent, serviceOfFile } from '../support/asmx-events.ts';

const { service, times, answer, retCode, lastCall, system } = serviceOfFile();

describe('tokens of this product', () => {
  const bring = (token: string) => {
    const bytes = encodeRequest('http-post', { ...call, Pattern: '您好', Token: token }, new URL('http://h/Services.asmx')).body ?? '';
    return restEvent({
      path: '/Services.asmx/CustomSend',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      bytes: Buffer.from(bytes),
    });
  };

  test('a known one is sent for its caller with the provider’s token; unknown and revoked ones are answered as the provider does', async () => {
    const { context } = system().rest;
    const { token, id } = await makeToken(context, 'arn:aws:iam::1:role/old');
    const before = system().provider.calls.length;
    expect(await retCode(bring(token), 'own')).toBe('Sucess');
    expect(lastCall()).toMatchObject({ Token: 'try 1' });
    const { keys } = await context.table.keys({ index: 'byCaller', partition: 'CALLER#arn:aws:iam::1:role/old', limit: 10 });
    expect(keys).toHaveLength(1);
    for (const wrong of ['', 'try 1', `${token}x`, id])
      expect((await answer(bring(wrong), 'own')).text).toContain('<Message>Token无效</Message>');
    expect(await revokeToken(context, id)).toBe(true);
    expect(await retCode(bring(token), 'own')).toBe('Faild');
    expect(await revokeToken(context, 'unknown')).toBe(false);
    expect(await findCaller(context, token)).toBeUndefined();
    expect(system().provider.calls.length).toBe(before + 1);
  });

  test('the table holds no token', async () => {
    const { token, id } = await makeToken(system().rest.context, 'caller');
    const item = await system().rest.context.table.get({ pk: `TOKEN#${id}`, sk: 'TOKEN' });
    expect(item).toMatchObject({ caller: 'caller' });
    expect(JSON.stringify(item)).not.toContain(token);
  });
});

test.each(['/', '/nowhere', '/v1/nothing', '/Services.asmx2', '/x/y/Services.asmx', '/Services%2easmx'])(
  '%s is no address: 404',
  async (path) => {
    const { answer: refused } = await answer(restEvent({ httpMethod: 'GET', path }));
    expect(refused.status).toBe(404);
    expect(JSON.parse(String(refused.body))).toMatchObject({ status: 404, code: 'not-found' });
  },
);

test('the store is down: Faild, and it may be repeated', async () => {
  const broken = {
    ...service(),
    endpoint: {
      ...service().endpoint,
      context: {
        ...system().rest.context,
        table: new Proxy(system().rest.context.table, { get: () => () => Promise.reject(new Error('down')) }),
      },
    },
  };
  const { answer: failed, retCode: code } = await answerEvent(
    broken,
    restEvent({
      path: '/Services.asmx/CustomSend',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      bytes: Buffer.from(form.body ?? ''),
    }),
    times(),
  );
  expect([failed.status, code]).toEqual([200, 'Faild']);
  expect(String(failed.body)).toContain('it will not be sent twice');
});

import { describe, expect, it } from 'vitest';
import { phones } from '../support/api.ts';
import { bytesOf, custom, endpointOfFile, envelope, FORM, form, parameters } from '../support/asmx-endpoint.ts';
import { sendRaw } from '../support/http.ts';

const { calls, soap11, submit, expectSecretsKept, system } = endpointOfFile();

describe('the same request again', () => {
  const slow = form({ Pattern: 'slow' });
  it('at once, twenty times: one call, one answer', async () => {
    const before = calls.length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => submit(slow)));
    expect(calls.length).toBe(before + 1);
    expect(answers[0]).toMatchObject({ retCode: 'Sucess' });
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
  });

  it('after the client gave up: the answer of the call that was open, and on another binding too', async () => {
    const before = calls.length;
    await sendRaw(system().api, bytesOf('POST /Services.asmx/CustomSend', { 'Content-Type': FORM }, slow), 300);
    const second = await soap11(envelope('soap11', custom(parameters({ Pattern: 'slow' }))));
    expect(second).toMatchObject({ retCode: 'Sucess' });
    expect(calls.length).toBe(before + 1);
  });

  it('after its answer: sent again, since the window is off', async () => {
    const before = calls.length;
    await submit(slow);
    await submit(slow);
    expect(calls.length).toBe(before + 2);
  });
});

describe('many phones', () => {
  const of = (count: number) =>
    phones(count)
      .map((phone) => `${phone};`)
      .join('');
  it('up to four calls: one answer for all of them', async () => {
    const before = calls.length;
    const { retCode, body } = await submit(form({ Phones: of(12) }));
    expect([retCode, calls.length - before]).toEqual(['Sucess', 4]);
    expect(/<CommonJobID>(.*)<\/CommonJobID>/.exec(body)?.[1]?.split(';')).toHaveLength(4);
    expect(body).toContain('<TotalSendCount>8</TotalSendCount>');
  });

  it('more: Faild and nothing sent', async () => {
    const before = calls.length;
    expect(await submit(form({ Phones: of(13) }))).toMatchObject({
      retCode: 'Faild',
      message: expect.stringContaining('12 are taken. Nothing was sent.'),
    });
    expect(calls.length).toBe(before);
  });
});

it('the logs hold no token, no text and no phone', () => expectSecretsKept());

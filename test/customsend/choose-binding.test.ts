import { describe, expect, test } from 'vitest';
import { PROTOCOLS } from '../../functions/shared/customsend/call.ts';
import { chooseBinding } from '../../functions/shared/customsend/choose-binding.ts';
import { CALL } from '../support/customsend.ts';

describe('the binding of a job', () => {
  test.each(PROTOCOLS)("is the stage's own, %s, when that carries every text", (protocol) => {
    expect(chooseBinding(protocol, [CALL, { Details: '李四,<3;a < b' }])).toEqual({ protocol });
    expect(chooseBinding(protocol, [])).toEqual({ protocol });
  });

  test.each(['http-post', 'http-get'] as const)('is SOAP 1.1 instead of %s when any text holds markup', (protocol) => {
    for (const text of ['<b>', '</b>', '<!--', '<?x', 'a&#b', '&#20313;']) {
      for (const parameter of ['Pattern', 'DefaultDetail', 'Details', 'PostFixNumber'] as const) {
        expect([text, chooseBinding(protocol, [{ Pattern: 'x' }, { [parameter]: text }, { Details: 'y' }])]).toEqual([
          text,
          { protocol: 'soap11' },
        ]);
      }
    }
  });

  test('is not changed by the length of a query, which the batching sees to', () => {
    expect(chooseBinding('http-get', [{ Details: '余'.repeat(5_000) }])).toEqual({ protocol: 'http-get' });
  });

  test('stays SOAP where the stage has SOAP', () => {
    for (const protocol of ['soap11', 'soap12'] as const) expect(chooseBinding(protocol, [{ Details: '<b>&#1;' }])).toEqual({ protocol });
  });

  test('is none when one text needs SOAP and another one a form: each binding says what it cannot carry', () => {
    const choice = chooseBinding('http-post', [{ Pattern: '<b>' }, { Details: 'a\u0001' }]);
    expect(choice).toMatchObject({
      problems: [
        { parameter: 'Pattern', code: 'markup' },
        { parameter: 'Details', code: 'forbidden-character' },
      ],
    });
    expect(chooseBinding('http-post', [{ Details: '\ud800' }])).toMatchObject({
      problems: [{ code: 'lone-surrogate' }, { code: 'lone-surrogate' }],
    });
  });

  test('reads its calls once, and lists few problems of many', () => {
    function* calls() {
      for (let index = 0; index < 1_000; index++) yield { Details: '\0' };
    }
    const choice = chooseBinding('http-post', calls());
    expect('problems' in choice && choice.problems.length).toBe(20);
  });
});

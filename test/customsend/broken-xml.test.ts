import { describe, expect, test } from 'vitest';
import { readRequest } from '../../functions/shared/asmx-server/read-request.ts';
import { SOAP_ACTION } from '../../functions/shared/customsend/call.ts';
import { readAnswer } from '../../functions/shared/customsend/read-answer.ts';
import { BROKEN_XML, documentWith } from '../support/broken-xml.ts';
import { treeByLibxml2 } from '../support/libxml2.ts';

const TYPE = 'text/xml; charset=utf-8';
const answerKind = (text: string) => readAnswer(TYPE, Buffer.from(text)).kind;
const headers = { 'content-type': TYPE, soapaction: SOAP_ACTION };
const requestKind = (text: string) => readRequest({ method: 'POST', path: '', query: '', headers, body: Buffer.from(text) }).kind;

test('the same documents without what is broken in them are read', () => {
  expect(answerKind(documentWith('answer'))).toBe('root');
  expect(requestKind(documentWith('request'))).toBe('call');
});

describe('neither an answer nor a request is read that libxml2 refuses:', () => {
  test.each(Object.entries(BROKEN_XML))('%s', (_kind, broken) => {
    const [answer, request] = [documentWith('answer', broken), documentWith('request', broken)];
    expect([treeByLibxml2(answer), treeByLibxml2(request)]).toEqual([undefined, undefined]);
    expect(answerKind(answer)).toBe('not-xml');
    expect(requestKind(request)).toBe('refused');
  });
});

describe('a ROOT of another namespace is none:', () => {
  const root = (namespace: string) => `<ROOT xmlns="${namespace}"><RetCode>Sucess</RetCode></ROOT>`;
  const prefixed = (namespace: string) => `<r:ROOT xmlns:r="${namespace}"><r:RetCode>Sucess</r:RetCode></r:ROOT>`;
  test('the right one is read, by default and by prefix', () => {
    expect([root('CustomJobReturn'), prefixed('CustomJobReturn')].map(answerKind)).toEqual(['root', 'root']);
  });
  test.each([
    'CustomJobReturn ',
    ' CustomJobReturn',
    'CustomJobReturn&#32;',
    'CustomJobReturn\n',
    'CustomJobReturn&#10;',
    'CustomJobReturn\t',
    '\u00a0CustomJobReturn',
    'CustomJobReturn&#xFEFF;',
    'customjobreturn',
    'CustomJobReturn/',
    'CustomJobReturn#',
    'http://tempuri.org/',
    '',
  ])('"%s"', (namespace) => {
    for (const text of [root(namespace), prefixed(namespace)]) expect(['not-xml', 'no-root']).toContain(answerKind(text));
  });
});

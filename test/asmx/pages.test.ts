import { createHash } from 'node:crypto';
import { ParseOption, XmlDocument, XsdValidator } from 'libxml2-wasm';
import { describe, expect, it } from 'vitest';
import { answerDocument } from '../../functions/asmx/answer-document.ts';
import { languageOf } from '../../functions/asmx/page/language.ts';
import { writeSamples } from '../../functions/asmx/page/samples.ts';
import { readRequest } from '../../functions/shared/asmx-server/read-request.ts';
import { writeReturn } from '../../functions/shared/asmx-server/write-answer.ts';
import { type CustomSendReturn, PARAMETERS } from '../../functions/shared/customsend/call.ts';
import { readAnswer } from '../../functions/shared/customsend/read-answer.ts';
import { raw } from '../support/asmx.ts';

const ADDRESS = 'https://abc.example.com:8443/dev/Services.asmx';
const HTML = 'text/html; charset=utf-8';
const XML = 'text/xml; charset=utf-8';
const page = (query: string, language?: string, address = ADDRESS) => String(answerDocument(query, address, language).body);
const parse = (text: string) => XmlDocument.fromString(text, { option: ParseOption.XML_PARSE_NONET });
const root: CustomSendReturn = {
  RetCode: 'Sucess',
  Message: '收到 <b>&',
  CommonJobID: '1',
  SpecialJobIDs: '',
  TotalSendCount: 2,
  ErrorPhones: null,
};

describe('a GET of the bare address', () => {
  it.each([
    ['', 200, HTML, '?op=CustomSend'],
    ['op=CustomSend', 200, HTML, '<form'],
    ['OP=CustomSend', 200, HTML, '<form'],
    ['op=', 200, HTML, '?op=CustomSend'],
    ['op=customsend', 200, HTML, '没有名为“customsend”的操作'],
    ['xsd', 200, HTML, '?op=CustomSend'],
    ['singleWsdl', 200, HTML, '?op=CustomSend'],
    ['%zz&=&&', 200, HTML, '?op=CustomSend'],
    ['WSDL', 200, XML, '<wsdl:definitions'],
    ['wsdl', 200, XML, '<wsdl:definitions'],
    ['Wsdl&x=1', 200, XML, '<wsdl:definitions'],
    ['wsdl=1', 500, 'text/plain; charset=utf-8', 'XML Web service description was not found.\n'],
    ['schema=x', 500, 'text/plain; charset=utf-8', 'Schema not found.\n'],
    ['schema', 500, 'text/plain; charset=utf-8', 'Schema not found.\n'],
    ['disco', 200, XML, '<discovery'],
    ['DISCO', 200, XML, '<discovery'],
  ])('with ?%s is answered %i %s', (query, status, type, text) => {
    const answer = answerDocument(query, ADDRESS);
    expect([answer.status, answer.headers['Content-Type']]).toEqual([status, type]);
    expect(answer.body).toContain(text);
  });
});

describe('the description', () => {
  const names = { s: 'http://www.w3.org/2001/XMLSchema', w: 'http://schemas.xmlsoap.org/wsdl/' };

  it('has four ports at the address, whatever is in it', () => {
    const address = 'https://h/a&b"<c/Services.asmx';
    const ports = parse(page('wsdl', undefined, address)).find('//w:service/w:port/*/@location', names);
    expect(ports.map(({ content }) => content)).toEqual(Array(4).fill(address));
    const addresses = parse(page('disco', undefined, address)).find('//@ref | //@docRef | //@address');
    expect(addresses.map(({ content }) => content)).toEqual([`${address}?wsdl`, address, address, address]);
  });

  it.each([
    ['what was accepted', root],
    ['Faild without any text', { ...root, RetCode: 'Faild', Message: null, CommonJobID: null, SpecialJobIDs: null, TotalSendCount: 0 }],
    ['a null ROOT', null],
  ])('declares %s', (_name, value) => {
    const schema = parse(page('wsdl')).get('//s:schema[@targetNamespace="CustomJobReturn"]', names)?.toString() ?? '';
    const alone = schema.replace('<s:schema', '<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:s1="CustomJobReturn"');
    const validator = XsdValidator.fromDoc(parse(alone));
    validator.validate(parse(String(writeReturn('form', value).body)));
    expect(() => validator.validate(parse(String(writeReturn('form', { ...root, RetCode: 'Success' }).body)))).toThrow(/RetCode/);
  });
});

describe('the samples', () => {
  const samples = writeSamples(ADDRESS);

  it.each(samples)('of $binding are a request that is understood and an answer that is read', ({ binding, request, response }) => {
    const [head = '', body = ''] = request.split('\n\n');
    const named = head.replace('/dev/Services.asmx', '/Services.asmx').replace('SmsType=string', 'SmsType=1').replace(' HTTP/1.1', '');
    const reading = readRequest(raw(named, body.replace('>int<', '>1<').replace('SmsType=string', 'SmsType=1')));
    const reply = { 'SOAP 1.1': 'soap11', 'SOAP 1.2': 'soap12' }[binding] ?? 'form';
    const call = Object.fromEntries(PARAMETERS.map((name) => [name, name === 'SmsType' ? 1 : 'string']));
    expect(reading).toEqual({ kind: 'call', call, reply });
    expect(head).toContain('Host: abc.example.com:8443');
    const [, type, content = ''] = /^HTTP\/1.1 200 OK\nContent-Type: (\S+ \S+)\nContent-Length: length\n\n(.*)$/s.exec(response) ?? [];
    const answer = readAnswer(type, Buffer.from(content.replace('>int<', '>7<')));
    expect(answer).toMatchObject({ kind: 'root', root: { Message: 'string', SpecialJobIDs: 'string', TotalSendCount: 7 } });
  });

  it('are the four of the specification', () => {
    expect(samples.map(({ binding }) => binding)).toEqual(['SOAP 1.1', 'SOAP 1.2', 'HTTP GET', 'HTTP POST']);
    const text = parse(page('op=CustomSend').replace(/^<!DOCTYPE html>|<meta[^>]*>|<br>|<input[^>]*>/g, '')).find('//pre');
    expect(text.map(({ content }) => content)).toEqual(samples.flatMap(({ request, response }) => [request, response]));
  });
});

describe('the help page', () => {
  it.each(['zh-CN', 'en'])('in %s has a form of the eight parameters that goes to its own address', (language) => {
    const text = page('op=CustomSend', language);
    expect(text).toContain(`<html lang="${language}">`);
    expect(text.includes('参数')).toBe(language === 'zh-CN');
    expect(/<form method="post" action="([^"]*)"/.exec(text)?.[1]).toBe('Services.asmx/CustomSend');
    expect(Array.from(text.matchAll(/<input [^>]*name="(\w+)"/g), ([, name]) => name)).toEqual([...PARAMETERS]);
  });

  it('lets a browser do nothing but show it and send the form', () => {
    const { headers, body } = answerDocument('op=CustomSend', ADDRESS);
    const style = /<style>(.*)<\/style>/s.exec(String(body))?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers).toMatchObject({ Vary: 'Accept-Language', 'X-Content-Type-Options': 'nosniff' });
    expect(headers['Content-Security-Policy']).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    );
    expect(body).not.toMatch(/<script|\son\w+=|style=/);
  });

  it('repeats nothing of the query or the address as markup', () => {
    const text = page(`op=${encodeURIComponent('"><script>alert(1)</script>')}`, 'en', 'https://h/"><script>/Services.asmx');
    expect(text).toContain('&lt;script&gt;');
    expect(text).not.toContain('<script>');
  });
});

it.each([
  [undefined, 'zh'],
  ['', 'zh'],
  ['en', 'en'],
  ['en-US,en;q=0.9', 'en'],
  ['EN-gb', 'en'],
  ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
  ['en;q=0.8,zh;q=0.9', 'zh'],
  ['zh;q=0.3, en;q=0.31', 'en'],
  ['zh;q=0.5,en;q=0.5', 'zh'],
  ['*', 'zh'],
  ['en,*;q=0.5', 'en'],
  ['de-DE,de;q=0.9', 'zh'],
  ['de, en;q=0.1', 'en'],
  ['zh;q=0', 'en'],
  ['zh;q=0,*', 'en'],
  ['en;q=0', 'zh'],
  ['en;q=2', 'zh'],
  ['en;q=abc, zh;q=0.1', 'zh'],
  ['english-and-much-more, ;;;', 'zh'],
])('Accept-Language %j asks for %s', (header, language) => {
  expect(languageOf(header)).toBe(language);
});

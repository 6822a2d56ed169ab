import type { HttpAnswer } from '../shared/asmx-server/http-exchange.ts';
import { plainText } from '../shared/asmx-server/write-answer.ts';
import { writeDiscovery } from './page/discovery.ts';
import { CONTENT_SECURITY_POLICY, writeHelpPage } from './page/help.ts';
import { languageOf } from './page/language.ts';
import { writeWsdl } from './page/wsdl.ts';

/**
 * A GET of the bare address (wire.md, section 7): description or discovery if the query asks for one, else the help page. A gateway
 * does not tell `?wsdl=` from `?wsdl`, so both are the description; the service itself knows only the second.
 * @param query as it was sent, without the question mark
 * @param address of Services.asmx, as callers reach it: scheme, host, stage and path
 */
export function answerDocument(query: string, address: string, acceptLanguage?: string): HttpAnswer {
  const asked = new Map(Array.from(new URLSearchParams(query), ([name, value]) => [name.toLowerCase(), value]));
  if (asked.has('schema')) return plainText(['Schema not found.']);
  if (asked.get('wsdl')) return plainText(['XML Web service description was not found.']);
  if (asked.has('wsdl'))
    return { status: 200, headers: { 'Content-Type': 'text/xml; charset=utf-8', ...NOT_KEPT }, body: writeWsdl(address) };
  if (asked.get('disco') === '') {
    return { status: 200, headers: { 'Content-Type': 'text/xml; charset=utf-8', ...NOT_KEPT }, body: writeDiscovery(address) };
  }
  const language = languageOf(acceptLanguage);
  return {
    status: 200,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Language': language === 'zh' ? 'zh-CN' : 'en',
      Vary: 'Accept-Language',
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      ...NOT_KEPT,
    },
    body: writeHelpPage(language, address, asked.get('op') || undefined),
  };
}

const NOT_KEPT = { 'Cache-Control': 'private, max-age=0' };

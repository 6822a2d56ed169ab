import iconv from 'iconv-lite';
import { ParseOption, XmlDocument } from 'libxml2-wasm';
import { answerDocument } from '../../functions/asmx/answer-document.ts';
import { batchContents, Refused, readContents } from '../../functions/asmx/job-contents.ts';
import { decodeXml } from '../../functions/shared/asmx-server/content-type.ts';
import { toRequest } from '../../functions/shared/asmx-server/gateway-event.ts';
import type { ReceivedCall } from '../../functions/shared/asmx-server/http-exchange.ts';
import { readRequest } from '../../functions/shared/asmx-server/read-request.ts';
import { type CustomSendCall, NAMESPACE, PARAMETERS } from '../../functions/shared/customsend/call.ts';
import { readXml } from '../../functions/shared/customsend/strict-reader.ts';
import { toEvent } from '../../infra/local/api-gateway/proxy-event.ts';
import type { Match } from '../../infra/local/api-gateway/routes.ts';
import { isTheirs } from './asmx-errors.ts';
import { limits, rules } from './job-context.ts';
import { treeOf, treeOfDocument } from './libxml2.ts';
import { type MutatedRequest, mutate, randomOf } from './mutations.ts';

/** How the requests ended, and every one that broke a rule. */
export interface Findings {
  /** Read as a request to send, on SOAP and on the form bindings; those that became the contents of a job. */
  soapCalls: number;
  formCalls: number;
  contents: number;
  /** By status. */
  refused: Record<number, number>;
  documents: number;
  /** Why, with the request; the first ten. */
  broken: string[];
}

/**
 * Sends mutated requests through everything that reads them, from the gateway's event to the contents of a job, and holds them to
 * these rules: nothing is thrown but what the endpoint answers `Faild`; every error is one that the real service has for bad requests (see
 * `isTheirs`: anything else of 500 and above would be one of ours); and what is read as a SOAP request, libxml2 reads too, with the
 * same parameters and, in Unicode, as the same tree of names, namespaces, attributes and texts.
 */
export function fuzz(seed: number, runs: number): Findings {
  const random = randomOf(seed);
  const findings: Findings = { soapCalls: 0, formCalls: 0, contents: 0, refused: {}, documents: 0, broken: [] };
  for (let run = 0; run < runs; run++) {
    const request = mutate(random);
    try {
      judge(request, findings);
    } catch (error) {
      if (findings.broken.length < 10) findings.broken.push(`${run}: ${error instanceof Error ? error.stack : error}\n${show(request)}`);
    }
  }
  return findings;
}

function judge(mutated: MutatedRequest, findings: Findings): void {
  const request = toRequest(eventOf(mutated));
  const reading = readRequest(request);
  if (reading.kind === 'document') {
    findings.documents++;
    const answer = answerDocument(request.query, 'https://h/Services.asmx', mutated.soapAction);
    if (answer.status !== 200 && !isTheirs(answer)) throw new Error(`An error of ours: ${answer.body}`);
  } else if (reading.kind === 'refused') {
    const { status } = reading.answer;
    findings.refused[status] = (findings.refused[status] ?? 0) + 1;
    if (!isTheirs(reading.answer)) throw new Error(`An error of ours: ${status} ${reading.answer.body}`);
  } else {
    findings[reading.reply === 'form' ? 'formCalls' : 'soapCalls']++;
    if (reading.reply !== 'form') compare(mutated, reading.call);
    if (makesContents(reading.call)) findings.contents++;
  }
}

const settings = { apiId: 'api', stage: 'dev', binaryMediaTypes: ['*/*'] };
const match = { route: { path: '/{proxy+}', resourceId: 'proxy' }, pathParameters: {} } as Match;

/** As the gateway hands it over. */
function eventOf({ method, path, query, contentType, soapAction, body }: MutatedRequest) {
  const headers = { Host: 'h', 'Content-Type': contentType, SOAPAction: soapAction };
  const rawHeaders = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  const target = `/Services.asmx${path}${query === '' ? '' : `?${query}`}`;
  return toEvent(
    { method, target, stagePath: '', rawHeaders, httpVersion: '1.1', sourceIp: '127.0.0.1', receivedAt: 0, body },
    match,
    settings,
  );
}

function makesContents(received: ReceivedCall): boolean {
  const call = Object.fromEntries(Object.entries(received).map(([name, value]) => [name, value ?? ''])) as unknown as CustomSendCall;
  try {
    batchContents({ ...limits, ...rules, createdAt: 0 }, readContents(rules, call), call);
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

/** @throws Error unless libxml2 reads the request too, and finds the same in it */
function compare({ contentType, body }: MutatedRequest, call: ReceivedCall): void {
  const { document, charset } = readIndependently(body, contentType);
  try {
    const requests = document.find('/*/*[local-name()="Body"]/t:CustomSend', { t: NAMESPACE.operation });
    if (requests.length === 0) throw new Error('libxml2 sees no CustomSend in Body.');
    // What the tables of other charsets hold is a matter of their makers.
    const isUnicode = /^utf-?(8|16)/i.test(charset);
    for (const name of isUnicode ? PARAMETERS : []) {
      const values = requests.map((request) => request.get(`t:${name}[1]`, { t: NAMESPACE.operation })?.content);
      const value = values.findLast((content) => content !== undefined);
      const same = name === 'SmsType' ? call.SmsType === Number(value?.trim() ?? 0) : withoutMark(call[name]) === withoutMark(value);
      if (!same) throw new Error(`${name}: ${JSON.stringify(value)} for libxml2, ${JSON.stringify(call[name])} for us`);
    }
    if (isUnicode) compareTrees(document, decodeXml(body, contentType ?? '') as string);
  } finally {
    document.dispose();
  }
}

/** @throws Error unless libxml2 saw the same names, namespaces, attributes and texts as the strict reader */
function compareTrees(document: XmlDocument, text: string): void {
  const [theirs, ours] = [treeOfDocument(document), treeOf(readXml(text, READER_LIMITS))].map((tree) => JSON.stringify(tree));
  if (theirs !== ours) throw new Error(`${theirs} for libxml2, ${ours} for us`);
}

const READER_LIMITS = { characters: 1e7, depth: 100, elements: 1e5 };

const { XML_PARSE_NONET, XML_PARSE_IGNORE_ENC } = ParseOption;

/**
 * The document by wire.md, section 5, read by libxml2 and decoded by others than we use: by its byte order mark, the charset of the
 * Content-Type or else its own, of which libxml2 knows only some (and GB 2312 in the narrow sense). What declares UTF-16 in bytes that
 * are none, as some programs do, is UTF-8.
 */
function readIndependently(bytes: Buffer, contentType = ''): { document: XmlDocument; charset: string } {
  const given = /;\s*charset=["']?([^"';\s]*)/i.exec(contentType)?.[1] ?? '';
  const outside = markOf(bytes) ?? (given !== '' && iconv.encodingExists(given) ? given : undefined);
  const declared = /^<\?xml[^>]*\sencoding\s*=\s*["']([^"']*)/.exec(bytes.toString('latin1'))?.[1]?.replace(/^utf-?16.*/i, 'utf-8');
  const charset = outside ?? (declared !== undefined && iconv.encodingExists(declared) ? declared : undefined);
  if (!charset) return { document: XmlDocument.fromBuffer(bytes, { option: XML_PARSE_NONET }), charset: declared ?? 'utf-8' };
  const text = iconv.decode(bytes, charset);
  return { document: XmlDocument.fromBuffer(Buffer.from(text), { option: XML_PARSE_NONET | XML_PARSE_IGNORE_ENC }), charset };
}

/** libxml2-wasm takes a byte order mark off the beginning of any text. */
function withoutMark(text: string | null | undefined): string | undefined {
  return text?.replace(/^\ufeff/, '');
}

function markOf(bytes: Buffer): string | undefined {
  if (bytes.subarray(0, 3).toString('hex') === 'efbbbf') return 'utf-8';
  return { fffe: 'utf-16le', feff: 'utf-16be' }[bytes.subarray(0, 2).toString('hex')];
}

function show({ method, path, query, contentType, soapAction, body }: MutatedRequest): string {
  return JSON.stringify({ method, path, query, contentType, soapAction, body: body.toString('latin1') });
}

import { parameter } from '../shared/asmx-server/content-type.ts';
import { addressOf, type HttpEvent, isFromLoadBalancer, toRequest } from '../shared/asmx-server/gateway-event.ts';
import type { HttpAnswer, ReceivedCall } from '../shared/asmx-server/http-exchange.ts';
import { readRequest } from '../shared/asmx-server/read-request.ts';
import { writeFault, writeReturn } from '../shared/asmx-server/write-answer.ts';
import type { CustomSendCall, CustomSendReturn } from '../shared/customsend/call.ts';
import { apiAddressOf } from '../shared/problem/api-address.ts';
import { ProblemError } from '../shared/problem/problem.ts';
import { answerDocument } from './answer-document.ts';
import type { CallRequest, EndpointDeps } from './endpoint-deps.ts';
import { faild } from './job-answer.ts';
import { isServicePath } from './routes.ts';
import { sendOnce } from './send-once.ts';
import { findCaller } from './tokens.ts';

/** The endpoint, and the tokens that its callers bring: this product's own, or the provider's, with the caller that the jobs then belong to. */
export interface Service {
  endpoint: EndpointDeps;
  tokens: 'own' | { passThroughFor: string };
}

/** The answer, and for the log the RetCode, if it has one. */
export interface Answered {
  answer: HttpAnswer;
  retCode?: string;
}

/** As the sandbox and, by its recorded answers, the provider say it. */
const UNKNOWN_TOKEN = 'Token无效';

/** Answers a request as the ASP.NET web service would. Never throws: old callers could not tell an error of ours from one after a send. */
export async function answerEvent(
  service: Service,
  event: HttpEvent,
  { now, deadline }: Record<'now' | 'deadline', number>,
): Promise<Answered> {
  if (!isServicePath(servicePath(event))) return { answer: noRoute(event) };
  const request = toRequest(event);
  if (isDamaged(event, request.headers['content-type'])) return { answer: writeFault('soap11', 'Client', DAMAGED) };
  const reading = readRequest(request);
  if (reading.kind === 'refused') return { answer: reading.answer };
  if (reading.kind === 'document') return { answer: answerDocument(request.query, addressOf(event), request.headers['accept-language']) };
  // A load balancer does not say when it took the request up.
  const arrivedAt = isFromLoadBalancer(event) ? now : (event.requestContext.requestTimeEpoch ?? now);
  const root = await answerCall(service, toCall(reading.call), { arrivedAt, deadline });
  return { answer: writeReturn(reading.reply, root), retCode: root.RetCode ?? undefined };
}

async function answerCall(
  { endpoint, tokens }: Service,
  call: CustomSendCall,
  times: Pick<CallRequest, 'arrivedAt' | 'deadline'>,
): Promise<CustomSendReturn> {
  try {
    const passToken = tokens !== 'own';
    const caller = passToken ? tokens.passThroughFor : await findCaller(endpoint.context, call.Token);
    if (caller === undefined) return faild(UNKNOWN_TOKEN);
    return await sendOnce(endpoint, { caller, call, passToken, ...times });
  } catch (error) {
    const { name, message, stack } = error as Error;
    endpoint.logger.error('failed', { error: { name, message, stack } });
    return faild('The request could not be stored, or found again. Send the same again later: it will not be sent twice.');
  }
}

/** A string that a SOAP request leaves out goes to the provider as an empty one, which every binding can say. */
function toCall(received: ReceivedCall): CustomSendCall {
  const entries = Object.entries(received).map(([name, value]) => [name, value ?? '']);
  return Object.fromEntries(entries) as CustomSendCall;
}

/** The path below what a domain of its own may have before it: the gateway's greedy parameter. */
function servicePath(event: HttpEvent): string {
  const below = isFromLoadBalancer(event) ? undefined : event.pathParameters?.proxy;
  return below === undefined ? event.path : `/${below}`;
}

/** A load balancer hands text/xml over as text, which is UTF-8: letters of any other charset are not what they were. */
function isDamaged(event: HttpEvent, contentType = ''): boolean {
  if (!isFromLoadBalancer(event) || event.isBase64Encoded || !/[^\0-\x7f]/.test(event.body ?? '')) return false;
  return !/^(utf-?8|(us-)?ascii)?$/i.test(parameter(contentType, 'charset') ?? '') || (event.body ?? '').includes('\ufffd');
}

const DAMAGED = 'Server was unable to read request. ---> Over this load balancer text/xml is read in UTF-8 only.';

/** A path that is none, in the words in which the JSON API says it. Behind a load balancer there is no documentation to point to. */
function noRoute(event: HttpEvent): HttpAnswer {
  const { document } = new ProblemError('not-found', 'There is no such address.');
  const headers = { 'Content-Type': 'application/problem+json; charset=utf-8', 'Cache-Control': 'no-store' };
  if (isFromLoadBalancer(event)) return { status: document.status, headers, body: JSON.stringify({ ...document, type: 'about:blank' }) };
  const { requestId } = event.requestContext;
  return {
    status: document.status,
    headers: { ...headers, ...(requestId && { 'X-Request-Id': requestId }) },
    body: JSON.stringify({ ...document, type: `${apiAddressOf(event)}${document.type}`, requestId }),
  };
}

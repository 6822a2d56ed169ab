import { parentPort } from 'node:worker_threads';
import { readRequest } from '../../functions/shared/asmx-server/read-request.ts';
import { SOAP_ACTION } from '../../functions/shared/customsend/call.ts';

/** Reads SOAP 1.1 requests, with their action and without, in a thread of its own, and tells what they were answered. */
parentPort?.on('message', (body: Uint8Array) => {
  const results = [SOAP_ACTION, undefined].map((soapaction) => {
    const headers = { 'content-type': 'text/xml; charset=utf-8', soapaction };
    const reading = readRequest({ method: 'POST', path: '', query: '', headers, body: Buffer.from(body) });
    return reading.kind === 'refused' ? reading.answer.status : reading.kind;
  });
  parentPort?.postMessage(results);
});

import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { HttpAnswer } from '../../functions/shared/asmx-server/http-exchange.ts';
import { isTheirs } from '../support/asmx-errors.ts';
import { fuzz } from '../support/fuzz.ts';
import { type MutatedRequest, mutate, randomOf } from '../support/mutations.ts';
import { startEndpoint } from '../support/old-callers.ts';

/** A seed each, so that one which finds something can be run by itself. */
const RUNS = 25_000;

it.each([1, 2, 3, 4, 5, 6, 7, 8])(`answers ${RUNS} mutated requests by the rules, seed %i`, { timeout: 240_000 }, (seed) => {
  const { broken, soapCalls, formCalls } = fuzz(1_000 + seed, RUNS);
  expect(broken).toEqual([]);
  expect(soapCalls + formCalls).toBeGreaterThan(RUNS / 5);
});

it('answers 600 more over sockets, sending what there is to send', { timeout: 240_000 }, async () => {
  const endpoint = await startEndpoint();
  const random = randomOf(9);
  const ours: string[] = [];
  let roots = 0;
  for (let run = 0; run < 600; run++) {
    const mutated = mutate(random);
    const answer = await send(endpoint.wsdl, mutated);
    const body = String(answer.body);
    if (body.includes('<RetCode>')) roots++;
    // An answer to HEAD is all head: its text cannot be judged.
    const isGood = mutated.method === 'HEAD' || (answer.status === 200 && !body.includes('could not be stored'));
    if (!isGood && !isTheirs(answer)) ours.push(`${run}: ${answer.status} ${body}`);
  }
  await endpoint.stop();
  expect(ours).toEqual([]);
  expect(roots).toBeGreaterThan(100);
});

/** What HTTP itself does not carry is put into it escaped, or left out. */
function send(wsdl: string, { method, path, query, contentType, soapAction, body }: MutatedRequest): Promise<HttpAnswer> {
  const target = `${wsdl.replace(/\?.*/, '')}${path}?${query}`.replace(/[^!-~]/g, (character) =>
    encodeURIComponent(character.toWellFormed()),
  );
  const given = { 'Content-Type': contentType, SOAPAction: soapAction, 'Content-Length': body.length };
  const headers = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const { origin } = new URL(wsdl);
  return new Promise((done, fail) => {
    const outgoing = request(origin, { method: method || 'POST', path: target.slice(origin.length), headers }, async (response) => {
      const type = response.headers['content-type'] ?? '';
      done({ status: response.statusCode ?? 0, headers: { 'Content-Type': type }, body: await text(response) });
    });
    outgoing.on('error', fail).end(body);
  });
}

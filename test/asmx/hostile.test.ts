import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, expect, it } from 'vitest';
import { SOAP_ACTION } from '../../functions/shared/customsend/call.ts';
import { hostileBodies } from '../support/hostile.ts';
import { CALL, startEndpoint } from '../support/old-callers.ts';

const endpoint = await startEndpoint();
afterAll(() => endpoint.stop());
const address = endpoint.wsdl.replace(/\?.*/, '');

/** Megabytes of heap for a thread that reads documents of up to 10 MB. All but two need less than 24, none more than 64: saxes takes up comments content by content, and keeps attributes. */
const HEAP = 128;

it(`reads hostile documents in ${HEAP} MB, one after the other`, { timeout: 120_000 }, async () => {
  const resourceLimits = { maxOldGenerationSizeMb: HEAP, maxYoungGenerationSizeMb: 16 };
  const reader = new Worker(new URL('../support/hostile-reader.ts', import.meta.url), { resourceLimits, execArgv: [] });
  for (const { name, body } of hostileBodies()) {
    reader.postMessage(Buffer.from(body as string));
    // A thread that needs more ends with an error, which rejects this.
    const [results] = await once(reader, 'message');
    for (const result of results) expect(result, name).toBeOneOf([400, 500]);
  }
  await reader.terminate();
});

it('refuses them over sockets, and goes on answering', { timeout: 120_000 }, async () => {
  for (const { name, body } of hostileBodies()) {
    const headers = { 'Content-Type': 'text/xml; charset=utf-8', SOAPAction: SOAP_ACTION };
    const response = await fetch(address, { method: 'POST', headers, body: body as string });
    // 413 is the gateway's own, for what would not fit into a function's event.
    expect(response.status, name).toBeOneOf([400, 413, 500]);
    await response.arrayBuffer();
  }
  const response = await fetch(`${address}/CustomSend`, { method: 'POST', body: new URLSearchParams(CALL) });
  expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('<RetCode>Sucess</RetCode>')]);
});

it('takes parameters named after prototypes for unknown ones', async () => {
  const body = new URLSearchParams([['__proto__', 'x'], ['constructor', 'y'], ...Object.entries(CALL)]);
  const response = await fetch(`${address}/CustomSend`, { method: 'POST', body });
  expect(await response.text()).toContain('<RetCode>Sucess</RetCode>');
});

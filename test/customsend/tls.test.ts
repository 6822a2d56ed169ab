import { once } from 'node:events';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bareRoot, SUCESS } from '../support/answers.ts';
import { createCertificate } from '../support/certificate.ts';
import { CALL, clientOf } from '../support/customsend.ts';

const certificate = createCertificate();
let server: https.Server;
let url: string;
let requests = 0;
let connections = 0;

beforeAll(async () => {
  server = https.createServer(certificate, (request, response) => {
    requests++;
    request.resume().on('end', () => response.writeHead(200, { 'Content-Type': 'text/xml' }).end(bareRoot(SUCESS)));
  });
  server.on('connection', () => connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/Services.asmx`;
});
afterAll(() => server.close());

test('a certificate of an unknown authority: not sent', async () => {
  expect(await clientOf(url).send(CALL)).toMatchObject({ kind: 'not-sent', code: 'tls', httpStatus: null });
  expect(requests).toBe(0);
});

test('over TLS the caller is asked after the handshake, and the connection is used again', async () => {
  tls.setDefaultCACertificates([certificate.cert]);
  const client = clientOf(url);
  const before = connections;
  expect(await client.send(CALL, { beforeFirstByte: () => connections < 0 })).toMatchObject({ code: 'too-late' });
  expect(requests).toBe(0);
  for (const _call of [1, 2, 3]) expect(await client.send(CALL, { beforeFirstByte: () => true })).toMatchObject({ code: 'accepted' });
  expect([requests, connections - before]).toEqual([3, 2]);
  client.close();
});

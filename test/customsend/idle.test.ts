import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answering, answerBytes, startAnswering } from '../support/answering.ts';
import { bareRoot, SUCESS } from '../support/answers.ts';
import { CALL, clientOf } from '../support/customsend.ts';

const WHOLE = answerBytes(200, { 'Content-Type': 'text/xml; charset=utf-8' }, bareRoot(SUCESS));

/** Answers, and closes a connection that then sits idle for a second. */
let server: Answering;
beforeAll(async () => {
  server = await startAnswering(
    (socket) => socket.write(WHOLE),
    (socket) => void socket.setTimeout(1_000, () => socket.end()),
  );
});
afterAll(() => server.close());

test.concurrent('a server that closes idle connections, called 200 times at gaps of 0.5 to 3 s, is never left unknown', async () => {
  const caller = async (first: number) => {
    const client = clientOf(server.url);
    const codes = [(await client.send(CALL)).code];
    for (const call of [0, 1, 2, 3, 4]) {
      await sleep(500 + ((first * 61 + call * 700) % 2_500));
      codes.push((await client.send(CALL)).code);
    }
    client.close();
    return codes;
  };
  const codes = (await Promise.all(Array.from({ length: 40 }, (_caller, index) => caller(index)))).flat();
  expect(codes).toEqual(Array(240).fill('accepted'));
}, 40_000);

test.concurrent('a server that closes after each answer without a word is never left unknown', async () => {
  const closing = await startAnswering((socket) => socket.end(WHOLE));
  const client = clientOf(closing.url);
  for (let call = 0; call < 100; call++) {
    expect((await client.send(CALL)).code).toBe('accepted');
    if (call >= 50) await sleep(1);
  }
  await closing.close();
});

test.concurrent('a connection is used again while it is young, and no longer than 2 s by the wall clock', async () => {
  let clock = 1_000_000;
  const own = await startAnswering((socket) => socket.write(WHOLE));
  const client = clientOf(own.url, {}, () => clock);
  const connectionsAfter = async (pause: number) => {
    clock += pause;
    expect((await client.send(CALL)).kind).toBe('accepted');
    return own.connections;
  };
  expect(await connectionsAfter(0)).toBe(1);
  for (const pause of [0, 20, 500, 1_999]) expect(await connectionsAfter(pause)).toBe(1);
  expect(await connectionsAfter(2_000)).toBe(2);
  expect(await connectionsAfter(-1)).toBe(3);
  client.close();
  expect(await connectionsAfter(0)).toBe(4);
  expect(await connectionsAfter(0)).toBe(5);
  await own.close();
});

test.concurrent.each([
  ['between two calls', 1_200, 'call'],
  ['between two calls', 2_500, 'call'],
  ['in the turn of the event loop that calls', 1_200, 'freeze and call'],
  ['in the turn of the event loop that calls', 2_500, 'freeze and call'],
])('a process frozen %s, for %i ms, loses none', async (_when, frozenMs, command) => {
  const child = fork(new URL('../support/frozen-caller.ts', import.meta.url), [server.url]);
  const report = async () => (await once(child, 'message'))[0];
  child.send('call');
  const codes = [await report()];
  for (const _round of [1, 2]) {
    await sleep(20);
    if (command === 'call') child.kill('SIGSTOP');
    child.send(command);
    await sleep(frozenMs);
    child.kill('SIGCONT');
    codes.push(await report());
  }
  child.kill();
  expect(codes).toEqual(['accepted', 'accepted', 'accepted']);
});

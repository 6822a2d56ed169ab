import { afterEach, expect, test } from 'vitest';
import { countDisagreements } from '../../functions/shared/dispatch/provider.ts';
import { type Answering, answerBytes, startAnswering } from '../support/answering.ts';
import { bareRoot, SUCESS } from '../support/answers.ts';
import { CALL, clientOf } from '../support/customsend.ts';

let server: Answering | undefined;
afterEach(() => server?.close());

async function sendTo(body: string) {
  server = await startAnswering((socket) => socket.write(answerBytes(200, { 'Content-Type': 'text/xml; charset=utf-8' }, body)));
  let counted = 0;
  const provider = countDisagreements(clientOf(server.url), {
    readersDisagree: (count) => {
      counted += count;
    },
  });
  const { kind, code } = await provider.send(CALL);
  return { kind, code, counted };
}

test('an answer in which the readers see different documents is unknown, and counted', async () => {
  const answer = bareRoot(SUCESS).replace('<RetCode', "<?p it's?><RetCode");
  expect(await sendTo(answer)).toEqual({ kind: 'unknown', code: 'readers-disagree', counted: 1 });
});

test('no other answer is counted', async () => {
  expect(await sendTo(bareRoot(SUCESS))).toEqual({ kind: 'accepted', code: 'accepted', counted: 0 });
  expect(await sendTo('no XML')).toEqual({ kind: 'unknown', code: 'not-xml', counted: 0 });
});

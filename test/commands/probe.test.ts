import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeApiKey } from '../../functions/shared/caller/api-keys.ts';
import { dialectQuestions } from '../../infra/commands/dialect-questions.ts';
import type { LocalSystem } from '../../infra/local/system.ts';
import { readLedger } from '../support/api.ts';
import { dialect } from '../support/job-context.ts';
import { type Doing, type LedgerProvider, startLedgerProvider } from '../support/ledger-provider.ts';
import { contextOf, startStack } from '../support/stack.ts';

const PHONES: [string, string] = ['13000000001', '13000000002'];

/** Runs the command as `npm run probe` does. */
function probe(args: readonly string[]): Promise<{ code: number; printed: string }> {
  const command = [join(import.meta.dirname, '../../infra/commands/probe.ts'), ...args];
  // Credentials that any local stage takes that asks for none.
  const env = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  return new Promise((resolve) => {
    execFile(process.execPath, command, { env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), printed: `${stdout}${stderr}` }),
    );
  });
}
const ofTeam = (url: string) => ['--url', url, '--signature', '签名', '--phones', `+86 ${PHONES[0]},${PHONES[1]}`];

describe('through a stage whose dialect is unconfirmed', () => {
  let system: LocalSystem;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sms-probe-'));
    system = await startStack({ DIALECT: 'unconfirmed', AUTH: 'key' });
  });
  afterAll(async () => {
    await system.stop();
    rmSync(folder, { recursive: true });
  });

  it('what it prints is what the phones show, where the provider does as the dialect says', async () => {
    const { key } = await makeApiKey(contextOf(system), { caller: 'team', scopes: ['send', 'read'], madeBy: 'a test' });
    const keyFile = join(folder, 'key');
    writeFileSync(keyFile, `${key}\n`);
    const { code, printed } = await probe([...ofTeam(system.api), '--key-file', keyFile]);
    expect([code, printed]).toEqual([0, expect.stringContaining('set confirmed: true in the dialect of the stage')]);
    const shown = printed.split('\n').flatMap((line) => {
      const [, phone, text] = /^ {2}(\d+) must show: (.*)$/.exec(line) ?? [];
      return phone ? [`${phone} ${text}`] : [];
    });
    expect(shown).toHaveLength(11);
    const ledger = (await readLedger(system.ledger)).map(({ phone, text }) => `${phone} ${text}`);
    expect(shown.toSorted()).toEqual(ledger.toSorted());
    expect(printed).not.toContain(key);
  }, 60_000);

  it.each([
    [['--signature', '签名', '--phones', PHONES.join()], 'Which stage?'],
    [['--url', 'http://127.0.0.1:1', '--phones', PHONES.join()], 'Which signature?'],
    [['--url', 'http://127.0.0.1:1', '--signature', '【签名】', '--phones', PHONES.join()], 'Which signature?'],
    [['--url', 'http://127.0.0.1:1', '--signature', '签名', '--phones', `${PHONES[0]},${PHONES[0]}`], 'Which phones?'],
    [[...ofTeam('http://127.0.0.1:1'), '--only', 'fields,colour'], 'There is no question colour'],
  ])('%j is refused, with how it is used', async (args, reason) => {
    const { code, printed } = await probe(args);
    expect([code, printed]).toEqual([1, expect.stringMatching(new RegExp(`^${reason.replace('?', '\\?')}[^]*npm run probe`))]);
  });
});

describe('through a provider that', () => {
  let system: LocalSystem;
  let provider: LedgerProvider;
  let doing: Doing | undefined;
  beforeAll(async () => {
    provider = await startLedgerProvider({ dialect, decide: () => doing });
    system = await startStack({ PROVIDER_URL: provider.url });
  });
  afterAll(async () => {
    await system.stop();
    await provider.stop();
  });

  it('refuses a question, the command fails, and says which and what was answered', async () => {
    doing = { accepted: false, answer: 'faild' };
    const { code, printed } = await probe([...ofTeam(system.api), '--only', 'fields']);
    expect(code).toBe(1);
    expect(printed).toContain('rejected, RetCode Faild, Message 整批失败');
    expect(printed).toContain('The provider did not take fields');
    expect(provider.arrivals).toHaveLength(1);
  });

  it('loses the answer, it says that the phones are to be looked at', async () => {
    doing = { accepted: true, connection: 'reset' };
    const { code, printed } = await probe([...ofTeam(system.api), '--only', 'default']);
    expect([code, printed]).toEqual([1, expect.stringContaining('the answer was lost')]);
  });
});

it('questions have names and numbers of their own, and each says what follows if something else is seen', () => {
  const questions = dialectQuestions('签名', PHONES);
  expect(new Set(questions.map(({ name }) => name)).size).toBe(questions.length);
  for (const [index, { expected, otherwise }] of questions.entries()) {
    for (const [, text] of expected) expect(text).toMatch(new RegExp(`^【签名】${index + 1} `));
    expect(otherwise.length).toBeGreaterThan(0);
  }
});

it('a domain of the team’s own needs --region: a signature for another region would only be refused', async () => {
  const { code, printed } = await probe(ofTeam('https://sms.example.com'));
  expect([code, printed]).toEqual([1, expect.stringContaining('--region: sms.example.com does not name the region to sign for.')]);
});

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LocalSystem } from '../../infra/local/system.ts';
import { readLedger } from '../support/api.ts';
import { functionOf, startStack } from '../support/stack.ts';

const OWNER = 'arn:aws:iam::000000000000:role/shop';

let system: LocalSystem;
beforeAll(async () => {
  system = await startStack({ ASMX_TOKENS: 'own' });
});
afterAll(() => system.stop());

/** Runs the command as `npm run token` does, in the system's region. */
async function run(...args: string[]): Promise<string> {
  const env = {
    ...{ AWS_ENDPOINT_URL_DYNAMODB: system.dynamoDb, AWS_REGION: 'us-east-1' },
    ...{ AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
  };
  const { TABLE_NAME = '' } = functionOf(system, 'asmx').spec.environment;
  const command = [join(import.meta.dirname, '../../infra/commands/drop-in-tokens.ts'), ...args, '--table', TABLE_NAME];
  return (await promisify(execFile)(process.execPath, command, { env })).stdout;
}

async function customSend(Token: string, Phones: string): Promise<string> {
  const rest = { DefaultDetail: '', Details: '', SmsType: '1', PostFixNumber: '', SendTime: '' };
  const body = new URLSearchParams({ Token, Pattern: '【签名】您好', Phones: `${Phones};`, ...rest });
  return (await fetch(`${system.api}/Services.asmx/CustomSend`, { method: 'POST', body })).text();
}

it('a token that the command makes sends through the whole stack by the provider’s own token, until it is revoked', async () => {
  const [, token = '', id = ''] = /^token (\S+)\nid +(\S+)$/m.exec(await run('make', '--caller', OWNER)) ?? [];
  expect(await customSend(token, '13000000001')).toContain('<RetCode>Sucess</RetCode>');
  expect(await customSend('another', '13000000002')).toContain('<Message>Token无效</Message>');
  expect(await run('revoke', '--id', id)).toContain('Revoked');
  expect(await customSend(token, '13000000003')).toContain('<Message>Token无效</Message>');
  expect((await readLedger(system.ledger)).map(({ phone }) => phone)).toEqual(['13000000001']);
});

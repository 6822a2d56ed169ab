/** `npm run smoke -- --url <ApiUrl>`: sends through a deployed stage that has the sandbox, and says what it saw. */
import { parseArgs } from 'node:util';
import { callerClient } from './signed-client.ts';
import { smoke } from './smoke-steps.ts';

const USAGE = `npm run smoke -- --url <the output ApiUrl of a stage with the sandbox>
  --key-file <file>  a file with a key or token, for a stage that asks for one; without it, requests are signed by IAM
  --region <region>  to sign for, where the address does not name it`;

try {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { url: text, 'key-file': text, region: text } });
  if (!values.url) throw new Error('Which stage?');
  const client = callerClient(new URL(values.url), { keyFile: values['key-file'], region: values.region });
  await smoke(client, console.log);
  console.log('The stage works.');
} catch (error) {
  console.error(`${(error as Error).message}\n${USAGE}`);
  process.exit(1);
}

/** `npm run smoke -- --url <ApiUrl>`: sends through a deployed stage that has the sandbox, with signed requests, and says what it saw. */
import { parseArgs } from 'node:util';
import { signedClient } from './signed-client.ts';
import { smoke } from './smoke-steps.ts';

const USAGE = 'npm run smoke -- --url <the output ApiUrl of a stage with the sandbox>';

try {
  const { values } = parseArgs({ options: { url: { type: 'string' } } });
  if (!values.url) throw new Error('Which stage?');
  await smoke(signedClient(new URL(values.url)), console.log);
  console.log('The stage works.');
} catch (error) {
  console.error(`${(error as Error).message}\n${USAGE}`);
  process.exit(1);
}

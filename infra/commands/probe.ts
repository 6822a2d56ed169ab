/**
 * `npm run probe -- --url <ApiUrl> --signature <签名> --phones <phone>,<phone>`: sends a few messages to the team's own phones through a
 * deployed stage, and says what they must show for the stage's dialect to be confirmed.
 */
import { parseArgs } from 'node:util';
import { normalisePhone } from '../../functions/shared/message/phone.ts';
import { dialectQuestions } from './dialect-questions.ts';
import { probeDialect } from './probe-dialect.ts';
import { callerClient } from './signed-client.ts';

const USAGE = `npm run probe -- --url <ApiUrl> --signature <signature, without its brackets> --phones <phone>,<phone>
  --only <question>,...  only these
  --key-file <file>      a file with a key or token, for a stage that asks for one; without it, requests are signed by IAM
  --region <region>      to sign for, where the address does not name it`;

try {
  const text = { type: 'string' } as const;
  const options = { url: text, signature: text, phones: text, only: text, 'key-file': text, region: text };
  const { values } = parseArgs({ options });
  if (!values.url) throw new Error('Which stage?');
  if (!values.signature || /[【】{}]/.test(values.signature)) throw new Error('Which signature? It is written without its brackets.');
  const [first, second, ...more] = (values.phones ?? '').split(',').map(normalisePhone);
  if (!first || !second || more.length > 0 || first === second) throw new Error('Which phones? They are two, and not the same.');
  const all = dialectQuestions(values.signature, [first, second]);
  const names = values.only?.split(',') ?? all.map(({ name }) => name);
  const unknown = names.find((name) => !all.some((question) => question.name === name));
  if (unknown !== undefined) throw new Error(`There is no question ${unknown}: ${all.map(({ name }) => name).join(', ')}.`);
  const questions = all.filter(({ name }) => names.includes(name));
  const client = callerClient(new URL(values.url), { keyFile: values['key-file'], region: values.region });
  const notTaken = await probeDialect(client, console.log, questions);
  console.log(
    '\nCompare it with the phones. When all of it is there, to the letter, set confirmed: true in the dialect of the stage, and deploy.',
  );
  console.log('When a setting has to change, change it, deploy, and ask again.');
  if (notTaken.length > 0) throw new Error(`The provider did not take ${notTaken.join(', ')}: the dialect is not confirmed by this.`);
} catch (error) {
  console.error(`${(error as Error).message}\n${USAGE}`);
  process.exit(1);
}

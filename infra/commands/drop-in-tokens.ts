/** `npm run token`: makes and revokes the tokens by which the callers of the drop-in endpoint are known. */
import { parseArgs } from 'node:util';
import { makeToken, revokeToken } from '../../functions/asmx/tokens.ts';
import { Table } from '../../functions/shared/dynamodb/table.ts';

const USAGE = `npm run token -- make --table <TokensTable> --caller <IAM role or user, as an ARN>
npm run token -- revoke --table <TokensTable> --id <the id that make printed>`;

try {
  console.log(await run(process.argv.slice(2)));
} catch (error) {
  console.error(`${(error as Error).message}\n${USAGE}`);
  process.exit(1);
}

/** @returns what to print: a token stands nowhere else */
async function run(args: string[]): Promise<string> {
  const options = { table: { type: 'string' }, caller: { type: 'string' }, id: { type: 'string' } } as const;
  const { positionals, values } = parseArgs({ args, options, allowPositionals: true });
  const [what, ...rest] = positionals;
  const { table: name, caller, id } = values;
  if (rest.length > 0 || !name) throw new Error('Which table?');
  const tokens = { table: new Table(name), now: Date.now };
  if (what === 'make' && caller) {
    const made = await makeToken(tokens, caller);
    return `token ${made.token}\nid    ${made.id}\nThe token is kept nowhere else: hand it to the caller now.`;
  }
  if (what === 'revoke' && id) {
    if (await revokeToken(tokens, id)) return 'Revoked: the next request with it is refused.';
    throw new Error('There is no token with this id.');
  }
  throw new Error('Nothing was done.');
}

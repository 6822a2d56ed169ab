/** `npm run key`: makes, lists and revokes keys of callers, where no key with the scope `admin` is at hand yet. */
import { parseArgs } from 'node:util';
import { listApiKeys, makeApiKey, revokeApiKey } from '../../functions/shared/caller/api-keys.ts';
import { readScopes } from '../../functions/shared/caller/scopes.ts';
import { Table } from '../../functions/shared/dynamodb/table.ts';

const USAGE = `npm run key -- make --table <JobsTable> --caller <name> --scopes send,read,operate,admin
npm run key -- list --table <JobsTable>
npm run key -- revoke --table <JobsTable> --id <the id that make printed>`;

/** Stands on keys as the one who made or revoked them. */
const BY = 'npm run key';

try {
  console.log(await run(process.argv.slice(2)));
} catch (error) {
  console.error(`${(error as Error).message}\n${USAGE}`);
  process.exit(1);
}

/** @returns what to print: beside the answer of POST /v1/keys a key stands nowhere else */
async function run(args: string[]): Promise<string> {
  const options = { table: { type: 'string' }, caller: { type: 'string' }, scopes: { type: 'string' }, id: { type: 'string' } } as const;
  const { positionals, values } = parseArgs({ args, options, allowPositionals: true });
  const [what, ...rest] = positionals;
  const { table: name, caller, scopes: words, id } = values;
  if (rest.length > 0 || !name) throw new Error('Which table?');
  const store = { table: new Table(name), now: Date.now };
  if (what === 'list') return (await listApiKeys(store)).map((key) => JSON.stringify(key)).join('\n');
  if (what === 'make' && caller && words) {
    const written = words.split(',');
    const scopes = readScopes(written);
    if (scopes.length !== written.length) throw new Error('Which scopes?');
    if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(caller)) throw new Error('A caller has a name of small letters, digits and dashes.');
    const { key, listed } = await makeApiKey(store, { caller, scopes, madeBy: BY });
    return `key ${key}\nid  ${listed.keyId}\nThe key is kept nowhere else: hand it to the caller now.`;
  }
  if (what === 'revoke' && id) {
    if (await revokeApiKey(store, id, BY)) return 'Revoked: within a minute, requests with it are refused.';
    throw new Error('There is no key with this id.');
  }
  throw new Error('Nothing was done.');
}

/**
 * `npm run unused-grants -- <file>`: names every grant of the local stages that no run of the tests has used, by the file that they wrote
 * (`USED_GRANTS_FILE`). Ends with 1 if there is one.
 */
import { readFileSync } from 'node:fs';
import { localGrants, unusedOf } from './local-grants.ts';

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('Which file?');
const grants = localGrants();
const unused = unusedOf(grants, readFileSync(file, 'utf8'));
for (const grant of unused) console.error(`Nothing used this grant: ${grant}`);
console.log(`${grants.length - unused.length} of ${grants.length} grants were used.`);
process.exit(unused.length > 0 ? 1 : 0);

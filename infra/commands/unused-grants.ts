/**
 * `npm run unused-grants -- <file>`: names every grant of the local stages that no run of the tests has used, by the file that they wrote
 * (`USED_GRANTS_FILE`). Ends with 1 if there is one.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localStage } from '../local/cloudformation/local-stage.ts';
import { kindsAt } from '../local/cloudformation/resource-types.ts';
import { synthesize } from '../local/cloudformation/synthesis.ts';
import { resolveTemplate } from '../local/cloudformation/template.ts';
import { type Grant, grantsOf, readPolicies } from '../local/iam/grants.ts';
import { readSettings } from '../local/settings.ts';

/** Settings under which a stage has every function and every grant that one can have on this machine. */
const STAGES: readonly Record<string, string>[] = [
  {},
  { AUTH: 'key' },
  { AUTH: 'jwt', JWT_ISSUER: 'http://127.0.0.1', JWT_AUDIENCE: 'sms' },
  { ASMX_TOKENS: 'own' },
];

const describe = ({ role, action, resource }: Grant): string => `${role} may ${action} on ${resource}`;

/** Physical names are logical ids, so a grant reads the same in every run and stage. */
function grantsUnder(settings: Record<string, string>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'sms-grants-'));
  const { template } = synthesize(localStage(readSettings(settings)), folder, false);
  rmSync(folder, { recursive: true });
  return grantsOf(readPolicies(resolveTemplate(template, kindsAt('http://127.0.0.1')))).map(describe);
}

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('Which file?');
const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
const used = new Set(lines.map((line) => describe(JSON.parse(line) as Grant)));
const grants = new Set(STAGES.flatMap(grantsUnder));
const unused = [...grants].filter((grant) => !used.has(grant));
for (const grant of unused) console.error(`Nothing used this grant: ${grant}`);
console.log(`${grants.size - unused.length} of ${grants.size} grants were used.`);
process.exit(unused.length > 0 ? 1 : 0);

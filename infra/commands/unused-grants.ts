/**
 * `node infra/commands/unused-grants.ts <file>`: names every grant of the local stage that no run of the tests has used, by the file that
 * they wrote (`USED_GRANTS_FILE`).
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

/** What only a failure of the service itself leads to; tests of the code that asks for it bring that about below these grants. */
const ONLY_AFTER_FAILURE = ['s3:AbortMultipartUpload'];

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('Which file?');
// Physical names are logical ids, and these do not depend on settings.
const key = ({ role, action, resource }: Grant): string => `${role} may ${action} on ${resource}`;
const used = new Set(
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => key(JSON.parse(line) as Grant)),
);
const folder = mkdtempSync(join(tmpdir(), 'sms-grants-'));
const { template } = synthesize(localStage(readSettings({})), folder, false);
rmSync(folder, { recursive: true });
const grants = new Set(grantsOf(readPolicies(resolveTemplate(template, kindsAt('http://127.0.0.1')))).map(key));
const unused = [...grants].filter(
  (grant) => !used.has(grant) && !ONLY_AFTER_FAILURE.some((action) => grant.includes(` may ${action} on `)),
);
for (const grant of unused) console.error(`Nothing used this grant: ${grant}`);
console.log(`${grants.size - unused.length} of ${grants.size} grants were used.`);
process.exit(unused.length > 0 ? 1 : 0);

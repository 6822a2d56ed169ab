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

/**
 * Grants that only a failure leads to, or hours of work. Tests bring these about in the code itself, below the grants. Each begins with the
 * role's name.
 */
const ONLY_AFTER_FAILURE: [role: string, grant: RegExp, why: string][] = [
  ['SmsUploadsFunctionRole', /^s3:AbortMultipartUpload /, 'an export of several parts that cannot be written is given up'],
  ['SmsUploadsFunctionRole', /^sqs:SendMessage .*:SmsUploadsFilesQueue/, 'a file takes longer than one run of the function'],
  ['SmsSweepFunctionRole', /^sqs:SendMessage .*:SmsUploadsFilesQueue/, 'the message that a file is there was lost'],
  ['SmsSweepFunctionRole', /^sqs:GetQueueAttributes .*:SmsDispatchDispatchQueue/, 'a dispatch message was lost'],
];
const isRare = ({ role, action, resource }: Grant): boolean =>
  ONLY_AFTER_FAILURE.some(([start, grant]) => role.startsWith(start) && grant.test(`${action} on ${resource}`));

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
const all = grantsOf(readPolicies(resolveTemplate(template, kindsAt('http://127.0.0.1'))));
const grants = new Set(all.filter((grant) => !isRare(grant)).map(key));
const unused = [...grants].filter((grant) => !used.has(grant));
for (const grant of unused) console.error(`Nothing used this grant: ${grant}`);
console.log(`${grants.size - unused.length} of ${grants.size} grants were used.`);
process.exit(unused.length > 0 ? 1 : 0);

import { mkdtempSync, rmSync } from 'node:fs';
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

const describeGrant = ({ role, action, resource }: Grant): string => `${role} may ${action} on ${resource}`;

/** Every grant that a local stage can have, once. Physical names are logical ids, so a grant reads the same in every run and stage. */
export function localGrants(): Grant[] {
  return [...new Map(STAGES.flatMap(grantsUnder).map((grant) => [describeGrant(grant), grant])).values()];
}

/**
 * Which grants nothing used, as `<role> may <action> on <resource>`.
 * @param used a line of JSON for each grant that was used
 */
export function unusedOf(grants: readonly Grant[], used: string): string[] {
  const lines = used.split('\n').filter(Boolean);
  const seen = new Set(lines.map((line) => describeGrant(JSON.parse(line) as Grant)));
  return grants.map(describeGrant).filter((grant) => !seen.has(grant));
}

function grantsUnder(settings: Record<string, string>): Grant[] {
  const folder = mkdtempSync(join(tmpdir(), 'sms-grants-'));
  try {
    const { template } = synthesize(localStage(readSettings(settings)), folder, false);
    return grantsOf(readPolicies(resolveTemplate(template, kindsAt('http://127.0.0.1'))));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

import { AccountPrincipal, ArnPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { asmxPolicy } from './asmx-policy.ts';
import type { StageSettings } from './stage-settings.ts';

/**
 * The resource policy of the API: who may reach the drop-in endpoint, and who may call from other accounts. A caller of another account
 * needs the allow of this policy as well as that of its own; callers of the API's own account are as they were without it.
 */
export function resourcePolicy(settings: StageSettings): PolicyDocument | undefined {
  const { name, otherAccounts } = settings;
  const policy = asmxPolicy(settings);
  if (otherAccounts.length === 0) return policy;
  const principals = otherAccounts.map((one) => (/^\d+$/.test(one) ? new AccountPrincipal(one) : new ArnPrincipal(one)));
  const statement = new PolicyStatement({ principals, actions: ['execute-api:Invoke'], resources: [`execute-api:/${name}/*`] });
  return new PolicyDocument({ statements: [statement, ...statementsOf(policy)] });
}

function statementsOf(policy: PolicyDocument | undefined): PolicyStatement[] {
  const { Statement = [] } = (policy?.toJSON() ?? {}) as { Statement?: object[] };
  return Statement.map((one) => PolicyStatement.fromJson(one));
}

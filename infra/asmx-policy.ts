import { AnyPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { StageSettings } from './stage-settings.ts';

/** The path as the provider's documents write it, all small and all capital: a policy, unlike the function, is sensitive to case. */
const spellings = (name: string): string[] => [name, name.toLowerCase(), name.toUpperCase()];

/**
 * Who may reach the drop-in endpoint: the API's resource policy, in stages that have it.
 *
 * It allows the endpoint's own paths to these addresses, and says nothing of any other. That is what keeps the signed routes as they
 * were: a route without a signature needs the policy's allow; for a signed one, in the API's own account, the allow of the caller's
 * own policy is enough as long as this one does not deny; a caller of another account needs both, so it stays outside, with this
 * policy as without one. A deny of all others, or an allow of `*`, would break the first or open the last.
 */
export function asmxPolicy({ name, asmx }: StageSettings): PolicyDocument | undefined {
  if (asmx === null || asmx.allowFrom === 'open') return undefined;
  const { ipRanges } = asmx.allowFrom;
  const paths = spellings('Services.asmx').flatMap((service) => [service, ...spellings('GateWay').map((front) => `${front}/${service}`)]);
  const inStage = (call: string) => `execute-api:/${name}/${call}`;
  return new PolicyDocument({
    statements: [
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['execute-api:Invoke'],
        // Verb by verb: a `*` there would stand for any beginning of a path as well.
        resources: paths.flatMap((path) => ['GET', 'POST'].flatMap((verb) => [`${verb}/${path}`, `${verb}/${path}/*`])).map(inStage),
        conditions: { IpAddress: { 'aws:SourceIp': [...ipRanges] } },
      }),
    ],
  });
}

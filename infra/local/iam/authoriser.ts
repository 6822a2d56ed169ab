import { appendFileSync } from 'node:fs';
import type { runSimulation } from '@cloud-copilot/iam-simulate';
import { ACCOUNT } from '../cloudformation/template.ts';
import { covers, type Grant, grantsOf, type Policies, type PolicyDocument, roleName } from './grants.ts';
import type { Asked } from './requested-actions.ts';

/** What an access key may not do of what is asked for, as AWS says it; `undefined` is allowed. Only those of functions are limited. */
export type Decide = (accessKey: string, asked: readonly Asked[]) => Promise<string | undefined>;

/** Decides what roles may do, as AWS would by the policies of the template. */
export class Authoriser {
  readonly #policies: Policies;
  readonly #grants: readonly Grant[];
  readonly #log: string | undefined;
  /** Decisions by what was asked: policies do not change while the stack runs. */
  readonly #decided = new Map<string, Promise<boolean>>();
  #simulate: Promise<typeof runSimulation> | undefined;

  /** @param log a file to which every grant that is used is added, a line of JSON each */
  constructor(policies: Policies, log: string | undefined) {
    this.#policies = policies;
    this.#grants = grantsOf(policies);
    this.#log = log;
  }

  /** @returns the first of these that the role may not do, as AWS says it; `undefined` if it may do them all */
  async refusal(roleArn: string, asked: readonly Asked[]): Promise<string | undefined> {
    for (const each of asked) {
      const key = JSON.stringify([roleArn, each]);
      let allowed = this.#decided.get(key);
      if (!allowed) {
        allowed = this.#decideForRole(roleArn, each);
        this.#decided.set(key, allowed);
      }
      if (!(await allowed)) return describeRefusal(sessionOf(roleArn), each);
    }
    return undefined;
  }

  /** The same for a service that acts in its own name, by the policy of the resource. @param service such as `events.amazonaws.com` */
  async refusalOfService(service: string, asked: Asked): Promise<string | undefined> {
    return (await this.#decide(service, [], asked)) ? undefined : describeRefusal(service, asked);
  }

  async #decideForRole(roleArn: string, asked: Asked): Promise<boolean> {
    const allowed = await this.#decide(sessionOf(roleArn), this.#policies.ofRole.get(roleArn) ?? [], asked);
    if (allowed) this.#note(roleName(roleArn), asked);
    return allowed;
  }

  async #decide(principal: string, policies: readonly PolicyDocument[], { action, resource, context = {} }: Asked): Promise<boolean> {
    this.#simulate ??= import('@cloud-copilot/iam-simulate').then((module) => module.runSimulation);
    const run = await this.#simulate;
    const resourcePolicy = this.#policies.ofResource.get(resource.replace(/^(arn:aws:s3:::[^/]+)\/.*/, '$1'));
    const results = await run(
      {
        request: {
          principal,
          action,
          resource: { resource, accountId: ACCOUNT },
          // The address is on this machine; deployed, it is https.
          contextVariables: { 'aws:SecureTransport': 'true', ...context },
        },
        identityPolicies: policies.map((policy, index) => ({ name: String(index), policy })),
        serviceControlPolicies: [],
        resourceControlPolicies: [],
        ...(resourcePolicy && { resourcePolicy }),
      },
      {},
    );
    if (results.resultType === 'error') throw new Error(`${action} on ${resource} cannot be decided: ${JSON.stringify(results.errors)}`);
    return results.overallResult === 'Allowed';
  }

  #note(role: string, asked: { action: string; resource: string }): void {
    if (this.#log === undefined) return;
    const used = this.#grants.filter((grant) => grant.role === role && covers(grant, asked));
    appendFileSync(this.#log, used.map((grant) => `${JSON.stringify(grant)}\n`).join(''));
  }
}

const sessionOf = (roleArn: string): string => `arn:aws:sts::${ACCOUNT}:assumed-role/${roleName(roleArn)}/local`;

const describeRefusal = (principal: string, { action, resource }: Asked): string =>
  `User: ${principal} is not authorized to perform: ${action} on resource: ${resource}`;

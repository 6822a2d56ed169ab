import * as z from 'zod/mini';
import { readEnv } from '../../../functions/shared/env/env.ts';
import { openPort, type Port } from '../aws-endpoint/port.ts';
import type { Resource } from '../cloudformation/template.ts';
import { Authoriser, type Decide } from './authoriser.ts';
import { type FrontedService, serveFront } from './front.ts';
import { readPolicies } from './grants.ts';
import { checkServices } from './services.ts';

/** For a run of the whole suite: the file to which used grants are added, so that unused ones are found. */
const usedGrantsEnv = z.object({ USED_GRANTS_FILE: z.optional(z.string()) });

/** A port before each engine that does not ask IAM itself. Their addresses are known before there is a template to decide by. */
export type Fronts = Readonly<Record<FrontedService, Port>>;

export async function openFronts(closers: (() => unknown)[]): Promise<Fronts> {
  const open = async (name: FrontedService) => {
    const port = await openPort(0, `IAM before ${name}`);
    closers.push(() => port.close());
    return port;
  };
  return { EVENTBRIDGE: await open('EVENTBRIDGE'), SCHEDULER: await open('SCHEDULER'), SECRETS_MANAGER: await open('SECRETS_MANAGER') };
}

/** An engine that asks IAM itself before it does anything: no request takes another hop. */
interface Guarded {
  readonly endpoint: string;
  enforce(decide: Decide): void;
}

/**
 * Puts IAM before the engines, by the policies of the template.
 * @param engines address of each other service's engine
 * @returns the variables by which functions find the services
 * @throws Error that names a call of a service on behalf of the stack that no policy allows
 */
export async function startIam(
  fronts: Fronts,
  resources: readonly Resource[],
  { tables, queues }: { tables: Guarded; queues: Guarded },
  engines: Record<FrontedService, string>,
): Promise<Record<string, string>> {
  const policies = readPolicies(resources);
  const authoriser = new Authoriser(policies, readEnv(usedGrantsEnv).USED_GRANTS_FILE);
  await checkServices(resources, authoriser);
  const decide: Decide = async (accessKey, asked) => {
    const role = policies.roleOf.get(accessKey);
    return role === undefined ? undefined : authoriser.refusal(role, asked);
  };
  tables.enforce(decide);
  queues.enforce(decide);
  const services = Object.entries(engines) as [FrontedService, string][];
  const fronted = Object.fromEntries(
    services.map(([service, engine]) => {
      serveFront(fronts[service], { service, engine, decide });
      return [`AWS_ENDPOINT_URL_${service}`, fronts[service].address];
    }),
  );
  const [AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL_S3] = [queues.endpoint, queues.endpoint];
  return { ...fronted, AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint, AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL_S3 };
}

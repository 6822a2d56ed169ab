import * as z from 'zod/mini';
import { readEnv } from '../../../functions/shared/env/env.ts';
import { openPort, type Port } from '../aws-endpoint/port.ts';
import type { Resource } from '../cloudformation/template.ts';
import type { Dynalite } from '../dynamodb/dynalite-engine.ts';
import { Authoriser } from './authoriser.ts';
import { serveFront } from './front.ts';
import { readPolicies } from './grants.ts';
import { readers, type Service } from './requested-actions.ts';
import { checkServices } from './services.ts';

/** For a run of the whole suite: the file to which used grants are added, so that unused ones are found. */
const usedGrantsEnv = z.object({ USED_GRANTS_FILE: z.optional(z.string()) });

/** A port before each service's engine. Their addresses are known before there is a template to decide by. */
export type Fronts = Readonly<Record<Exclude<Service, 'DYNAMODB'>, Port>>;

export async function openFronts(closers: (() => unknown)[]): Promise<Fronts> {
  const names = (Object.keys(readers) as Service[]).filter((name) => name !== 'DYNAMODB');
  const ports = await Promise.all(names.map(async (name): Promise<[string, Port]> => [name, await openPort(0, `IAM before ${name}`)]));
  for (const [, port] of ports) closers.push(() => port.close());
  return Object.fromEntries(ports) as Fronts;
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
  tables: Dynalite,
  engines: Record<Exclude<Service, 'DYNAMODB'>, string>,
): Promise<Record<string, string>> {
  const policies = readPolicies(resources);
  const authoriser = new Authoriser(policies, readEnv(usedGrantsEnv).USED_GRANTS_FILE);
  await checkServices(resources, authoriser);
  // The tables are asked for ten times as often as all others: their engine asks back, once for each kind of request.
  tables.enforce(async (accessKey, asked) => {
    const role = policies.roleOf.get(accessKey);
    return role === undefined ? undefined : authoriser.refusal(role, asked);
  });
  const services = Object.entries(engines) as [Exclude<Service, 'DYNAMODB'>, string][];
  const fronted = Object.fromEntries(
    services.map(([service, engine]) => {
      serveFront(fronts[service], { service, engine, authoriser, roleOf: policies.roleOf });
      return [`AWS_ENDPOINT_URL_${service}`, fronts[service].address];
    }),
  );
  return { ...fronted, AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint };
}

import type { Resource } from '../cloudformation/template.ts';

/** A statement of a policy, its lists written as lists. */
export interface Statement {
  Effect: 'Allow' | 'Deny';
  Action: string | string[];
  Resource?: string | string[];
  Principal?: unknown;
  Condition?: Record<string, Record<string, string | string[]>>;
}
export interface PolicyDocument {
  Version: string;
  Statement: Statement[];
}

/** What one role may do: one action on one resource. */
export interface Grant {
  /** Logical id of the role. */
  role: string;
  action: string;
  /** ARN, perhaps with `*`. */
  resource: string;
}

/** The policies of the template, with their intrinsics resolved. */
export interface Policies {
  /** By ARN of the role. */
  ofRole: ReadonlyMap<string, PolicyDocument[]>;
  /** By ARN of the queue, bucket or bus. */
  ofResource: ReadonlyMap<string, PolicyDocument>;
  /** The role of each function, as an ARN, by the function's name. */
  roleOf: ReadonlyMap<string, string>;
}

export function readPolicies(resources: readonly Resource[]): Policies {
  const of = (kind: string) => resources.filter(({ type }) => type === kind);
  const arnOf = (kind: string, ref: unknown) => of(kind).find((resource) => resource.ref === ref)?.attributes.Arn ?? '';
  const document = (value: unknown) => value as PolicyDocument;
  const ofRole = new Map<string, PolicyDocument[]>();
  for (const { properties } of of('AWS::IAM::Policy')) {
    for (const role of [properties.Roles].flat()) {
      const arn = arnOf('AWS::IAM::Role', role);
      ofRole.set(arn, [...(ofRole.get(arn) ?? []), document(properties.PolicyDocument)]);
    }
  }
  const ofResource = new Map([
    ...of('AWS::SQS::QueuePolicy').flatMap(({ properties }) =>
      [properties.Queues]
        .flat()
        .map((url): [string, PolicyDocument] => [arnOf('AWS::SQS::Queue', url), document(properties.PolicyDocument)]),
    ),
    ...of('AWS::S3::BucketPolicy').map(({ properties }): [string, PolicyDocument] => [
      arnOf('AWS::S3::Bucket', properties.Bucket),
      document(properties.PolicyDocument),
    ]),
  ]);
  const roleOf = new Map(of('AWS::Lambda::Function').map(({ ref, properties }) => [ref, String(properties.Role)]));
  return { ofRole, ofResource, roleOf };
}

/** Everything that roles may do, one by one. */
export function grantsOf({ ofRole }: Policies): Grant[] {
  return [...ofRole].flatMap(([arn, documents]) =>
    documents
      .flatMap(({ Statement }) => Statement)
      .flatMap(({ Action, Resource }) =>
        [Action].flat().flatMap((action) => [Resource ?? '*'].flat().map((resource) => ({ role: roleName(arn), action, resource }))),
      ),
  );
}

export const roleName = (arn: string): string => arn.split('/').at(-1) ?? arn;

/** Whether a grant is the one by which a request was allowed. */
export function covers({ action, resource }: Grant, asked: { action: string; resource: string }): boolean {
  const pattern = resource.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return action === asked.action && new RegExp(`^${pattern.join('.*')}$`).test(asked.resource);
}

/** One resource as CloudFormation's template declares it. */
export interface Declaration {
  Type: string;
  Properties?: Record<string, unknown>;
  DependsOn?: string | string[];
  Condition?: string;
}

/** The part of a synthesised CloudFormation template that is run here. */
export interface Template {
  Resources: Record<string, Declaration>;
}

/** A synthesised stack: what would be deployed, template and code. */
export interface Assembly {
  template: Template;
  /** Folder of each asset, by its object key in the staging bucket. */
  assets: ReadonlyMap<string, string>;
}

/** How other resources see this one: the value of `Ref`, and of each `Fn::GetAtt`. */
export interface Identity {
  ref: string;
  attributes: Record<string, string>;
}

/** A resource whose intrinsics are resolved. */
export interface Resource extends Identity {
  logicalId: string;
  type: string;
  properties: Record<string, unknown>;
}

/** What a resource type is known by here: its identity, from its logical id and its properties as declared. */
export type Identify = (logicalId: string, properties: Record<string, unknown>) => Identity;

export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';
/** Stands in templates for the address of the provider: that of the sandbox is known when the system starts. */
export const PROVIDER = 'http://127.0.0.1:0/Services.asmx';

const pseudoParameters: Record<string, string> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': 'local',
  'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/local/0`,
};

/**
 * Resolves a template: every resource gets its identity, then every intrinsic its value.
 * @throws Error that names what is not known here: a resource type, an intrinsic, a reference, an attribute.
 */
export function resolveTemplate(template: Template, kinds: Readonly<Record<string, Identify>>): Resource[] {
  const identities = new Map<string, Identity>();
  for (const [logicalId, { Type, Properties = {}, Condition }] of Object.entries(template.Resources)) {
    const identify = kinds[Type];
    if (!identify) throw new Error(`${logicalId}: the resource type ${Type} is not known on one machine`);
    if (Condition) throw new Error(`${logicalId}: conditions are not known on one machine`);
    identities.set(logicalId, identify(logicalId, Properties));
  }
  return Object.entries(template.Resources).map(([logicalId, { Type, Properties = {}, DependsOn = [] }]) => {
    const identity = identities.get(logicalId) as Identity;
    try {
      for (const dependency of [DependsOn].flat()) referenced(dependency, identities);
      return { logicalId, type: Type, ...identity, properties: resolve(Properties, identities) as Record<string, unknown> };
    } catch (error) {
      throw new Error(`${logicalId} (${Type}): ${(error as Error).message}`);
    }
  });
}

function resolve(value: unknown, identities: Map<string, Identity>): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, identities));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first && (first[0] === 'Ref' || first[0] === 'Condition' || first[0].startsWith('Fn::'))) {
    return intrinsic(first[0], first[1], identities);
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, resolve(item, identities)]));
}

function intrinsic(name: string, argument: unknown, identities: Map<string, Identity>): unknown {
  switch (name) {
    case 'Ref':
      return ref(String(argument), identities);
    case 'Fn::GetAtt':
      return attribute(Array.isArray(argument) ? argument.join('.') : String(argument), identities);
    case 'Fn::Join': {
      const [separator, parts] = argument as [string, unknown[]];
      return (resolve(parts, identities) as string[]).join(separator);
    }
    case 'Fn::Split': {
      const [separator, text] = argument as [string, unknown];
      return String(resolve(text, identities)).split(separator);
    }
    case 'Fn::Select': {
      const [index, list] = argument as [number, unknown];
      return (resolve(list, identities) as unknown[])[Number(index)];
    }
    case 'Fn::Sub':
      if (typeof argument !== 'string') throw new Error('Fn::Sub with a map of variables is not known on one machine');
      return argument.replaceAll(/\$\{([^}!]+)\}/g, (_, inner: string) =>
        inner.includes('.') ? attribute(inner, identities) : ref(inner, identities),
      );
    default:
      throw new Error(`the intrinsic ${name} is not known on one machine`);
  }
}

function ref(name: string, identities: Map<string, Identity>): string {
  return pseudoParameters[name] ?? referenced(name, identities).ref;
}

/** @param path logical id and attribute, as in `JobsTable.Arn` */
function attribute(path: string, identities: Map<string, Identity>): string {
  const [logicalId = '', ...rest] = path.split('.');
  const value = referenced(logicalId, identities).attributes[rest.join('.')];
  if (value === undefined) throw new Error(`the attribute ${path} is not known on one machine`);
  return value;
}

function referenced(logicalId: string, identities: Map<string, Identity>): Identity {
  const identity = identities.get(logicalId);
  if (!identity) throw new Error(`refers to ${logicalId}, which the template does not have`);
  return identity;
}

import { existsSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { REGION, type Resource } from '../cloudformation/template.ts';
import type { FunctionSpec } from './instance.ts';

/** Lambda takes as many as the account has; here, enough for every test of concurrency on a small machine. */
const DEFAULT_CONCURRENCY = 10;
const ENVIRONMENT_BYTES = 4096;

/**
 * Reads a function of the template.
 * @param assets folder of each asset by its object key in the staging bucket
 * @param engines the variables by which the SDK finds the embedded engines
 */
export function functionSpec(
  { logicalId, ref, attributes, properties }: Resource,
  assets: ReadonlyMap<string, string>,
  engines: Record<string, string>,
): FunctionSpec {
  const {
    Code,
    Handler,
    Runtime,
    Environment,
    Timeout = 3,
    MemorySize = 128,
    ReservedConcurrentExecutions,
    RecursiveLoop,
  } = properties as {
    Code: { S3Key?: string };
    Handler: string;
    Runtime: string;
    Environment?: { Variables: Record<string, string> };
    Timeout?: number;
    MemorySize?: number;
    ReservedConcurrentExecutions?: number;
    RecursiveLoop?: 'Allow' | 'Terminate';
  };
  if (Runtime !== `nodejs${process.versions.node.split('.')[0]}.x`) {
    throw new Error(`${logicalId}: is for ${Runtime}, and this is Node ${process.versions.node}`);
  }
  const folder = assets.get(Code.S3Key ?? '');
  if (!folder) throw new Error(`${logicalId}: its code ${Code.S3Key} is no asset of the assembly`);
  const [file = '', handlerName = ''] = Handler.split('.');
  const entry = ['.js', '.mjs', '.cjs'].map((extension) => join(folder, `${file}${extension}`)).find((path) => existsSync(path));
  if (!entry) throw new Error(`${logicalId}: its asset has no module ${file} for the handler ${Handler}`);
  return {
    functionName: ref,
    functionArn: attributes.Arn ?? '',
    entry,
    handlerName,
    environment: { ...lambdaEnvironment(ref, MemorySize, folder), ...engines, ...ownEnvironment(logicalId, Environment?.Variables ?? {}) },
    timeoutMs: Timeout * 1000,
    memoryMb: MemorySize,
    mayLoop: RecursiveLoop === 'Allow',
    concurrency: ReservedConcurrentExecutions ?? DEFAULT_CONCURRENCY,
  };
}

/** The template's variables, under the rules that a deploy would apply to them. */
function ownEnvironment(logicalId: string, variables: Record<string, string>): Record<string, string> {
  let bytes = 0;
  for (const [name, value] of Object.entries(variables)) {
    if (typeof value !== 'string') throw new Error(`${logicalId}: the variable ${name} is no text`);
    if (/^(AWS_(?!NODEJS_)|LAMBDA_|_)/.test(name)) throw new Error(`${logicalId}: the variable ${name} is reserved by Lambda`);
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  if (bytes > ENVIRONMENT_BYTES) throw new Error(`${logicalId}: its variables have ${bytes} bytes, Lambda takes ${ENVIRONMENT_BYTES}`);
  return variables;
}

/** What Lambda itself gives, with credentials that are good for this machine only, and without the developer's own profile. */
function lambdaEnvironment(name: string, memoryMb: number, folder: string): Record<string, string> {
  return {
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    // By which IAM knows whose role it has.
    AWS_ACCESS_KEY_ID: name,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    LAMBDA_TASK_ROOT: folder,
    TZ: ':UTC',
  };
}

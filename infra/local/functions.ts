import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { FunctionError, type FunctionSpec, type Instance, type Print, startInstance } from './instance.ts';
import { REGION, type Resource } from './template.ts';

/** A function that runs: a pool of instances, each with one event at a time, as many as are needed up to its concurrency. */
export interface RunningFunction {
  readonly spec: FunctionSpec;
  /** Takes and gives JSON text; waits for a free instance. @throws FunctionError */
  invoke(event: string): Promise<string>;
  /** Ends every instance wherever it is; the next event starts a new one. */
  kill(): Promise<void>;
}

/** Lambda takes as many as the account has; here, enough for every test of concurrency on a small machine. */
const DEFAULT_CONCURRENCY = 10;
const ENVIRONMENT_BYTES = 4096;
/** Lambda's limit on an event, and on an answer. */
export const PAYLOAD_BYTES = 6 * 1024 * 1024;

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
  } = properties as {
    Code: { S3Key?: string };
    Handler: string;
    Runtime: string;
    Environment?: { Variables: Record<string, string> };
    Timeout?: number;
    MemorySize?: number;
    ReservedConcurrentExecutions?: number;
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

/** What Lambda itself gives, with credentials that are good for nothing, and without the developer's own profile. */
function lambdaEnvironment(name: string, memoryMb: number, folder: string): Record<string, string> {
  return {
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'local',
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

/**
 * Starts a function with one instance, so that what keeps it from starting is seen now.
 * @throws FunctionError
 */
export async function startFunction(spec: FunctionSpec, print: Print): Promise<RunningFunction> {
  const idle: Instance[] = [await startInstance(spec, print)];
  const all = new Set<Instance>(idle);
  const waiting: (() => void)[] = [];
  let taken = 0;

  async function take(): Promise<Instance> {
    if (taken < spec.concurrency) taken += 1;
    else await new Promise<void>((turn) => waiting.push(turn));
    for (let instance = idle.pop(); instance; instance = idle.pop()) if (!instance.ended) return instance;
    const started = await startInstance(spec, print).catch((error: unknown) => {
      passOn();
      throw error;
    });
    all.add(started);
    return started;
  }

  /** A place that became free goes to who waits longest. */
  function passOn(): void {
    const next = waiting.shift();
    if (next) next();
    else taken -= 1;
  }

  return {
    spec,
    async invoke(event) {
      const instance = await take();
      try {
        const answer = await instance.invoke(event);
        if (Buffer.byteLength(answer) > PAYLOAD_BYTES) throw new FunctionError(`${spec.functionName}: its answer is over 6 MB`);
        return answer;
      } finally {
        if (instance.ended) all.delete(instance);
        else idle.push(instance);
        passOn();
      }
    },
    async kill() {
      await Promise.all([...all].map((instance) => instance.kill('was killed')));
      all.clear();
    },
  };
}

/** Keeps what a function prints in `<folder>/<function>.log`; what it prints as an error is shown too. */
export function logTo(folder: string, functionName: string, show: (line: string) => void): Print {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${functionName}.log`);
  return (line, stream) => {
    appendFileSync(file, `${line}\n`);
    if (stream === 'stderr') show(`${functionName}: ${line}`);
  };
}

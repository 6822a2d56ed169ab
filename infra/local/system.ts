import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Assembly, synthesize } from './assembly.ts';
import { functionSpec } from './functions.ts';
import { createGateway, serveGateway } from './gateway.ts';
import { logTo, RunningFunction } from './pool.ts';
import { openPort } from './port.ts';
import { kindsAt } from './resources.ts';
import { serveSandbox } from './sandbox.ts';
import { startSecretsManager } from './secrets.ts';
import { type LocalSettings, localStage } from './settings.ts';
import { createTables, startDynalite } from './tables.ts';
import { type Resource, resolveTemplate } from './template.ts';

/** The whole stack, running on this machine. Addresses are without a final slash. */
export interface LocalSystem {
  readonly api: string;
  readonly sandbox: string;
  readonly ledger: string;
  readonly dynamoDb: string;
  /** Everything of the template, with its intrinsics resolved. */
  readonly resources: readonly Resource[];
  /** By logical id. */
  readonly functions: ReadonlyMap<string, RunningFunction>;
  /** What runs, for another start on the same ports that need not be synthesised again. */
  readonly assembly: Assembly;
  stop(): Promise<void>;
}

export interface Options {
  /** Run this instead of synthesising the stack; it must have been made for the same sandbox port. */
  assembly?: Assembly;
  /** Progress, and what functions print as errors. */
  show?: (line: string) => void;
}

/**
 * Synthesises the stack and starts all of it by its template.
 * @throws Error with what does not hold together, naming the setting, the resource or the variable; nothing is left running then
 */
export async function startLocal(settings: LocalSettings, options: Options = {}): Promise<LocalSystem> {
  const closers: Closer[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return { ...(await start(settings, options, closers)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Closer = () => Promise<unknown>;

async function start(settings: LocalSettings, options: Options, closers: Closer[]): Promise<Omit<LocalSystem, 'stop'>> {
  const { show = () => undefined } = options;
  const dataDir = resolve(settings.DATA_DIR);
  mkdirSync(dataDir, { recursive: true });
  const apiPort = await openPort(settings.PORT, 'PORT');
  closers.push(() => apiPort.close());
  const sandboxPort = await openPort(settings.SANDBOX_PORT, 'SANDBOX_PORT');
  closers.push(() => sandboxPort.close());
  // First of the engines: it says so when another instance has the folder open.
  const dynamoDb = await startDynalite(join(dataDir, 'dynamodb'));
  closers.push(() => dynamoDb.stop());
  const { endpoint: fauxqs, stop: stopFauxqs } = await startFauxqs(join(dataDir, 'fauxqs'));
  closers.push(stopFauxqs);

  const assembly = options.assembly ?? build(localStage(settings, sandboxPort.address), join(dataDir, 'assembly'), show);
  const resources = resolveTemplate(assembly.template, kindsAt(fauxqs));

  show('Starting tables, queues, buckets, secrets and functions ...');
  await createTables(dynamoDb.endpoint, resources);
  await createQueues(fauxqs, resources);
  await createBuckets(fauxqs, resources);
  const secretArns = resources.filter(({ type }) => type === 'AWS::SecretsManager::Secret').map(({ ref }) => ref);
  const secretsManager = await startSecretsManager(new Map(secretArns.map((arn) => [arn, settings.PROVIDER_TOKEN])));
  closers.push(() => secretsManager.close());

  const functions = new Map<string, RunningFunction>();
  const engines = {
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint,
    AWS_ENDPOINT_URL_S3: fauxqs,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.address,
    AWS_ENDPOINT_URL_SQS: fauxqs,
  };
  for (const resource of resources.filter(({ type }) => type === 'AWS::Lambda::Function')) {
    const spec = functionSpec(resource, assembly.assets, engines);
    const running = await RunningFunction.start(spec, logTo(join(dataDir, 'logs'), spec.functionName, show));
    closers.push(() => running.stop());
    functions.set(resource.logicalId, running);
  }

  connect({ resources, functions: [...functions.values()], apiPort, sandboxPort, fauxqs, options, closers });
  const [api, sandbox] = [apiPort.address, sandboxPort.address];
  const addresses = { api, sandbox, ledger: `${sandbox}/sandbox/ledger`, dynamoDb: dynamoDb.endpoint, sqs: fauxqs, s3: fauxqs };
  return { ...addresses, resources, functions, assembly };
}

function build(stage: Parameters<typeof synthesize>[0], folder: string, show: (line: string) => void): Assembly {
  show('Building the stack ...');
  rmSync(folder, { recursive: true, force: true });
  return synthesize(stage, folder);
}

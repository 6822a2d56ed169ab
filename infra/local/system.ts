import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { admitAll, createAuthorization } from './api-gateway/authorization.ts';
import { apiSettings, createGateway, serveGateway } from './api-gateway/gateway.ts';
import { openPort, type Port } from './aws-endpoint/port.ts';
import { Clock, startTicking } from './clock/clock.ts';
import { clockContextOf } from './clock/clock-context.ts';
import { withClock } from './clock/clock-page.ts';
import { openWakeTimes } from './clock/job-wake-times.ts';
import { loadAssembly } from './cloudformation/assembly.ts';
import { kindsAt } from './cloudformation/resource-types.ts';
import { type Assembly, PROVIDER, type Resource, resolveTemplate, type Template } from './cloudformation/template.ts';
import { startDynalite } from './dynamodb/dynalite-engine.ts';
import { createTables } from './dynamodb/tables.ts';
import { type EventEngines, startEventEngines } from './event-bridge/event-engines.ts';
import { readEventRules } from './event-bridge/event-rules.ts';
import { readRules, timedRules } from './event-bridge/rate-rules.ts';
import { openFronts, startIam } from './iam/start-iam.ts';
import { readMappings } from './lambda/event-source-mappings.ts';
import { logTo } from './lambda/function-log.ts';
import { functionSpec } from './lambda/function-spec.ts';
import { startPolling } from './lambda/queue-pollers.ts';
import { RunningFunction } from './lambda/running-function.ts';
import { serveSandbox } from './provider/sandbox-front.ts';
import { openState } from './saved-state.ts';
import { startSecretsManager } from './secrets-manager/endpoint.ts';
import type { LocalSettings } from './settings.ts';
import { createBuckets } from './sqs-s3/buckets.ts';
import { type QueuesAndFiles, startFauxqs } from './sqs-s3/fauxqs-engine.ts';
import { createQueues } from './sqs-s3/queues.ts';

/** The whole stack, running on this machine. Addresses are without a final slash. */
export interface LocalSystem {
  readonly api: string;
  readonly sandbox: string;
  readonly ledger: string;
  readonly dynamoDb: string;
  readonly s3: string;
  readonly sqs: string;
  readonly eventBridge: string;
  readonly scheduler: string;
  /** Everything of the template, with its intrinsics resolved. */
  readonly resources: readonly Resource[];
  /** By logical id. */
  readonly functions: ReadonlyMap<string, RunningFunction>;
  /** What runs, for another start that need not build it again. */
  readonly assembly: Assembly;
  stop(): Promise<void>;
}

export interface Options {
  /** Run this instead of the stack of this repository. */
  assembly?: Assembly;
  /** What is being done, with its time; what functions print as errors; what an engine refuses. */
  show?: (line: string) => void;
  /** The clock of every rule, so of the sweep, in milliseconds, instead of the rule's own. */
  sweepEveryMs?: number;
  /** Seconds until a message that was received and not deleted comes back, instead of its queue's own visibility time-out. */
  redeliverAfter?: number;
}

/**
 * Builds the stack, or takes it from the cache, and starts all of it by its template.
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

type Closer = () => unknown;

async function start(settings: LocalSettings, options: Options, closers: Closer[]): Promise<Omit<LocalSystem, 'stop'>> {
  const { show = () => undefined } = options;
  const step = async <Result>(done: string, work: Promise<Result>): Promise<Result> => {
    const begun = performance.now();
    const result = await work;
    show(`${((performance.now() - begun) / 1000).toFixed(1).padStart(5)} s  ${done}`);
    return result;
  };
  const dataDir = resolve(settings.DATA_DIR);
  const apiPort = await openPort(settings.PORT, 'PORT');
  closers.push(() => apiPort.close());
  const sandboxPort = await openPort(settings.SANDBOX_PORT, 'SANDBOX_PORT');
  closers.push(() => sandboxPort.close());
  const { tables, queues, state } = await step('tables, queues and files are open', startEngines(dataDir, show, closers));
  const dynamoDb = tables.endpoint;
  const clock = new Clock(state);
  const fronts = await openFronts(closers);
  const assembly = options.assembly ?? (await step('the stack is built', loadAssembly(settings)));
  const resources = resolveTemplate(
    withProvider(assembly.template, settings.PROVIDER_URL ?? `${sandboxPort.address}/Services.asmx`),
    kindsAt(queues.endpoint),
  );
  await createTables(dynamoDb, resources);
  await createQueues(queues.endpoint, resources);
  createBuckets(queues, resources);
  const secrets = new Map(refsOf(resources, 'AWS::SecretsManager::Secret').map((arn) => [arn, settings.PROVIDER_TOKEN]));
  const secretsManager = await startSecretsManager(secrets);
  closers.push(() => secretsManager.close());
  const events = await startEventEngines({
    sqs: queues.endpoint,
    now: clock.now,
    state,
    show,
    buses: refsOf(resources, 'AWS::Events::EventBus'),
    groups: refsOf(resources, 'AWS::Scheduler::ScheduleGroup'),
    rules: readEventRules(resources),
  });
  closers.push(() => events.stop());
  const services = {
    EVENTBRIDGE: events.eventBridge,
    SCHEDULER: events.scheduler,
    SECRETS_MANAGER: secretsManager.address,
  };
  const environment = await startIam(fronts, resources, { tables, queues }, services);
  const run = async (resource: Resource): Promise<[logicalId: string, running: RunningFunction]> => {
    const spec = functionSpec(resource, assembly.assets, environment);
    const running = await RunningFunction.start(spec, logTo(join(dataDir, 'logs'), spec.functionName, show), clock);
    closers.push(() => running.stop());
    return [resource.logicalId, running];
  };
  const declared = resources.filter(({ type }) => type === 'AWS::Lambda::Function');
  const functions = new Map(await step(`${declared.length} functions are loaded`, allOrNone(declared.map(run))));
  wake(
    { resources, functions: [...functions.values()], dynamoDb, queues, clock, events, apiPort, sandboxPort },
    settings,
    options,
    closers,
  );
  return {
    resources,
    functions,
    assembly,
    dynamoDb,
    api: `${apiPort.address}${settings.STAGE_PATH}`,
    sandbox: sandboxPort.address,
    s3: queues.endpoint,
    sqs: queues.endpoint,
    eventBridge: events.eventBridge,
    scheduler: events.scheduler,
    ledger: `${sandboxPort.address}/sandbox/ledger`,
  };
}

/** Where one fails, the others have come to their end as well. */
async function allOrNone<Result>(works: readonly Promise<Result>[]): Promise<Result[]> {
  await Promise.allSettled(works);
  return Promise.all(works);
}

/** The template with the address at which the provider is. */
const withProvider = (template: Template, url: string): Template => JSON.parse(JSON.stringify(template).replaceAll(PROVIDER, url));

const refsOf = (resources: readonly Resource[], kind: string): string[] =>
  resources.filter(({ type }) => type === kind).map(({ ref }) => ref);

/** The first of them says so when another instance has the folder open. */
async function startEngines(dataDir: string, show: (line: string) => void, closers: Closer[]) {
  if (existsSync(join(dataDir, 'dynamodb/CURRENT'))) {
    throw new Error(`DATA_DIR: what is in ${dataDir} was kept by an earlier version; remove the folder to start afresh`);
  }
  mkdirSync(dataDir, { recursive: true });
  const dynalite = await startDynalite(join(dataDir, 'dynamodb'));
  closers.push(() => dynalite.stop());
  const queues = await startFauxqs(join(dataDir, 'fauxqs'), show);
  closers.push(() => queues.stop());
  const state = openState(join(dataDir, 'events.sqlite'));
  closers.push(() => state.close());
  return { tables: dynalite, queues, state };
}

interface Parts {
  resources: readonly Resource[];
  functions: readonly RunningFunction[];
  /** Address of the table engine. */
  dynamoDb: string;
  queues: QueuesAndFiles;
  clock: Clock;
  events: EventEngines;
  apiPort: Port;
  sandboxPort: Port;
}

/** Joins the functions to what wakes them up, all of it read before any of it begins: requests, messages, the clock. */
function wake(parts: Parts, settings: LocalSettings, options: Options, closers: Closer[]): void {
  const { resources, functions, dynamoDb, queues, clock, events, apiPort, sandboxPort } = parts;
  const { show = () => undefined, sweepEveryMs, redeliverAfter } = options;
  const authorize = createAuthorization(apiSettings(resources), settings.ACCESS_KEYS, clock.now);
  const gateway = createGateway(resources, functions, clock.now, authorize);
  const mappings = readMappings(resources, functions);
  const rules = timedRules(readRules(resources, functions), clock.now, show, sweepEveryMs);
  const polling = startPolling(mappings, { engine: queues, redeliverAfter, show });
  closers.push(() => polling.stop());
  const firstWake = openWakeTimes(resources, dynamoDb);
  const context = clockContextOf({ clock, events, rules, mappings, polling, queues, functions, firstWake });
  serveGateway(apiPort, withClock(gateway, context), settings.STAGE_PATH);
  // The provider knows its own callers by their token.
  serveSandbox(sandboxPort, createGateway(resources, functions, clock.now, admitAll));
  closers.push(startTicking(context.timed, clock));
}

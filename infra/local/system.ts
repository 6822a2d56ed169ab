import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createGateway, serveGateway } from './api-gateway/gateway.ts';
import { openPort, type Port } from './aws-endpoint/port.ts';
import { Clock, startTicking } from './clock/clock.ts';
import { clockContextOf } from './clock/clock-context.ts';
import { withClock } from './clock/clock-page.ts';
import { openWakeTimes } from './clock/job-wake-times.ts';
import { type Assembly, synthesize } from './cloudformation/assembly.ts';
import { kindsAt } from './cloudformation/resource-types.ts';
import { type Resource, resolveTemplate } from './cloudformation/template.ts';
import { createTables, startDynalite } from './dynamodb/tables.ts';
import { type EventEngines, startEventEngines } from './event-bridge/event-engines.ts';
import { readEventRules } from './event-bridge/event-rules.ts';
import { readRules, timedRules } from './event-bridge/rate-rules.ts';
import { readMappings, startMappings } from './lambda/event-source-mappings.ts';
import { functionSpec } from './lambda/function-spec.ts';
import { logTo, RunningFunction } from './lambda/running-function.ts';
import { serveSandbox } from './provider/sandbox-front.ts';
import { openState } from './saved-state.ts';
import { startSecretsManager } from './secrets-manager/endpoint.ts';
import { type LocalSettings, localStage } from './settings.ts';
import { createBuckets } from './sqs-s3/buckets.ts';
import { startFauxqs, type Waiting } from './sqs-s3/fauxqs-engine.ts';
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
  /** What runs, for another start on the same ports that need not be synthesised again. */
  readonly assembly: Assembly;
  stop(): Promise<void>;
}

export interface Options {
  /** Run this instead of synthesising the stack; it must have been made for the same sandbox port. */
  assembly?: Assembly;
  /** Progress, and what functions print as errors. */
  show?: (line: string) => void;
  /** The clock of every rule, so of the sweep, in milliseconds, instead of the rule's own. */
  sweepEveryMs?: number;
  /** Seconds until a message that was received and not deleted comes back, instead of its queue's own visibility time-out. */
  redeliverAfter?: number;
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

type Closer = () => unknown;
type Started = Omit<LocalSystem, 'stop'>;

async function start(settings: LocalSettings, options: Options, closers: Closer[]): Promise<Started> {
  const { show = () => undefined } = options;
  const dataDir = resolve(settings.DATA_DIR);
  mkdirSync(dataDir, { recursive: true });
  const apiPort = await openPort(settings.PORT, 'PORT');
  closers.push(() => apiPort.close());
  const sandboxPort = await openPort(settings.SANDBOX_PORT, 'SANDBOX_PORT');
  closers.push(() => sandboxPort.close());
  const { waiting, state, ...engines } = await startEngines(dataDir, closers);
  const clock = new Clock(state);

  const assembly = options.assembly ?? build(localStage(settings, sandboxPort.address), join(dataDir, 'assembly'), show);
  const resources = resolveTemplate(assembly.template, kindsAt(engines.sqs));

  show('Starting tables, queues, buckets, secrets and functions ...');
  await createTables(engines.dynamoDb, resources);
  await createQueues(engines.sqs, resources);
  await createBuckets(engines.s3, resources);
  const secretArns = resources.filter(({ type }) => type === 'AWS::SecretsManager::Secret').map(({ ref }) => ref);
  const secretsManager = await startSecretsManager(new Map(secretArns.map((arn) => [arn, settings.PROVIDER_TOKEN])));
  closers.push(() => secretsManager.close());

  const events = await startEventEngines({
    ...{ sqs: engines.sqs, now: clock.now, state, show },
    buses: refsOf(resources, 'AWS::Events::EventBus'),
    groups: refsOf(resources, 'AWS::Scheduler::ScheduleGroup'),
    rules: readEventRules(resources),
  });
  closers.push(() => events.stop());

  const environment = {
    AWS_ENDPOINT_URL_DYNAMODB: engines.dynamoDb,
    AWS_ENDPOINT_URL_EVENTBRIDGE: events.eventBridge,
    AWS_ENDPOINT_URL_S3: engines.s3,
    AWS_ENDPOINT_URL_SCHEDULER: events.scheduler,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.address,
    AWS_ENDPOINT_URL_SQS: engines.sqs,
  };
  const functions = new Map<string, RunningFunction>();
  for (const resource of resources.filter(({ type }) => type === 'AWS::Lambda::Function')) {
    const spec = functionSpec(resource, assembly.assets, environment);
    const running = await RunningFunction.start(spec, logTo(join(dataDir, 'logs'), spec.functionName, show), clock);
    closers.push(() => running.stop());
    functions.set(resource.logicalId, running);
  }
  const [api, sandbox] = [apiPort.address, sandboxPort.address];
  const { eventBridge, scheduler } = events;
  const ledger = `${sandbox}/sandbox/ledger`;
  const system = { ...engines, eventBridge, scheduler, api, sandbox, ledger, resources, functions, assembly };
  wake(system, { clock, waiting, events, apiPort, sandboxPort }, options, closers);
  return system;
}

const refsOf = (resources: readonly Resource[], kind: string): string[] =>
  resources.filter(({ type }) => type === kind).map(({ ref }) => ref);

/** The first of them says so when another instance has the folder open. */
async function startEngines(dataDir: string, closers: Closer[]) {
  const dynamoDb = await startDynalite(join(dataDir, 'dynamodb'));
  closers.push(() => dynamoDb.stop());
  const fauxqs = await startFauxqs(join(dataDir, 'fauxqs'));
  closers.push(() => fauxqs.stop());
  const state = openState(join(dataDir, 'events.sqlite'));
  closers.push(() => state.close());
  return { dynamoDb: dynamoDb.endpoint, s3: fauxqs.endpoint, sqs: fauxqs.endpoint, waiting: fauxqs.waiting, state };
}

interface Wakers {
  clock: Clock;
  waiting: Waiting;
  events: EventEngines;
  apiPort: Port;
  sandboxPort: Port;
}

/** Joins the functions to what wakes them up, all of it read before any of it begins: requests, messages, the clock. */
function wake(started: Started, wakers: Wakers, options: Options, closers: Closer[]): void {
  const { resources, functions, sqs, dynamoDb } = started;
  const { clock, waiting, events, apiPort, sandboxPort } = wakers;
  const { show = () => undefined, sweepEveryMs, redeliverAfter } = options;
  const gateway = createGateway(resources, functions.values(), clock.now);
  const mappings = readMappings(resources, functions.values());
  const rules = timedRules(readRules(resources, functions.values()), clock.now, show, sweepEveryMs);
  const polling = startMappings(mappings, { endpoint: sqs, redeliverAfter, show });
  closers.push(() => polling.stop());

  const context = clockContextOf({
    ...{ clock, events, rules, mappings, polling, waiting },
    functions: [...functions.values()],
    firstWake: openWakeTimes(resources, dynamoDb),
  });
  serveGateway(apiPort, withClock(gateway, context));
  serveSandbox(sandboxPort, gateway);
  closers.push(startTicking(context.timed, clock));
}

function build(stage: Parameters<typeof synthesize>[0], folder: string, show: (line: string) => void): Assembly {
  show('Building the stack ...');
  rmSync(folder, { recursive: true, force: true });
  return synthesize(stage, folder);
}

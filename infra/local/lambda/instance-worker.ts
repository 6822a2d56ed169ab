/** Runs in a worker thread: loads one function as Lambda's runtime does, and answers one event at a time. */
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { Context } from 'aws-lambda';
import type { Answer, Invocation, Start } from './instance.ts';

const { entry, handlerName, functionName, functionArn, memoryMb, ahead } = workerData as Start;
const port = parentPort;
if (!port) throw new Error('This file runs in a worker thread.');

type AsyncHandler = (event: unknown, context: Context) => Promise<unknown>;

// Set for the start of this thread alone: a function sees the variables of the template, and what Lambda adds.
delete process.env.NODE_COMPILE_CACHE;

/** The machine's own time. */
const ownNow = Date.now;
if (ahead) followClock(new Float64Array(ahead));

const send = (answer: Answer): void => port.postMessage(answer);

const exported = (createRequire(entry)(entry) as Record<string, unknown>)[handlerName];
if (typeof exported !== 'function') throw new Error(`${entry} does not export a function named ${handlerName}`);
const handler = exported as AsyncHandler;

port.on('message', async ({ requestId, event, deadline, trace }: Invocation) => {
  if (trace === undefined) delete process.env._X_AMZN_TRACE_ID;
  else process.env._X_AMZN_TRACE_ID = trace;
  try {
    const result = await handler(JSON.parse(event), contextOf(requestId, deadline));
    send({ kind: 'result', requestId, result: JSON.stringify(result ?? null) });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    console.error(error);
    send({ kind: 'error', requestId, name, message });
  }
});
send({ kind: 'ready' });

/** From here on everything in this thread that asks for the time gets that of the clock. */
function followClock(milliseconds: Float64Array): void {
  const OwnDate = Date;
  const now = (): number => ownNow() + (milliseconds[0] ?? 0);
  OwnDate.now = now;
  globalThis.Date = new Proxy(OwnDate, {
    construct: (target, given, made) =>
      Reflect.construct(target, given.length === 0 ? [now()] : given, made === globalThis.Date ? target : made),
    apply: () => new OwnDate(now()).toString(),
  });
}

function contextOf(requestId: string, deadline: number): Context {
  const deprecated = (): never => {
    throw new Error('The callback style of Lambda handlers does not exist on Node 24.');
  };
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn,
    memoryLimitInMB: String(memoryMb),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => deadline - ownNow(),
    done: deprecated,
    fail: deprecated,
    succeed: deprecated,
  };
}

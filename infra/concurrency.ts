import type { StageSettings } from './stage-settings.ts';

/** Executions of an account that Lambda keeps for functions that reserve none. */
const UNRESERVED = 100;
/** How long a request that is not waited for holds its execution at most, in seconds: the wait for a slot. */
const LONGEST_REQUEST = 2;
/** A run of the sweep ends before the next one begins; a second one is there for clocks that are late. */
const SWEEPS = 2;

/** Invocations at once of a queue's function. SQS knows nothing below 2 and above 1,000. */
export function maxConcurrencyOf(messages: number): number {
  return Math.min(1_000, Math.max(2, messages));
}

/** The executions that each function may need at once, by its folder. */
export function executionsOf({
  throttle,
  longestWaitSeconds,
  limits,
  concurrency,
  sandbox,
  asmx,
  authorization,
}: StageSettings): Record<string, number> {
  const { requests, events, files, dropIn } = concurrency;
  return {
    // As many as arrive while the slowest is answered, and a burst.
    api: Math.ceil(throttle.requestsPerSecond * Math.max(LONGEST_REQUEST, longestWaitSeconds)) + throttle.burst,
    dispatch: maxConcurrencyOf(limits.maxConcurrentCalls),
    events: maxConcurrencyOf(requests) + maxConcurrencyOf(events),
    uploads: maxConcurrencyOf(files),
    sweep: SWEEPS,
    // Each key or token that the gateway does not remember.
    ...((authorization === 'key' || authorization === 'jwt') && { authorizer: throttle.burst }),
    ...(asmx !== null && { asmx: dropIn }),
    // Each call to the provider is a request to it.
    ...(sandbox !== 'none' && { sandbox: limits.maxConcurrentCalls }),
  };
}

/** What is wrong when a stage may need more executions than it can count on: the gateway answers 500 for a function that gets none. */
export function checkConcurrency(settings: StageSettings): string[] {
  const executions = executionsOf(settings);
  const needed = Object.values(executions).reduce((sum, each) => sum + each, 0);
  const { available, reserve } = settings.concurrency;
  const left = available - (reserve ? UNRESERVED : 0);
  if (needed <= left) return [];
  const list = Object.entries(executions).map(([name, count]) => `${name} ${count}`);
  const unreserved = reserve ? `, of which ${UNRESERVED} stay unreserved` : '';
  return [
    `concurrency.available: the functions may need ${needed} executions at once (${list.join(', ')}), and there are ${available}${unreserved}. ` +
      'Ask for a higher quota, or lower throttle, longestWaitSeconds or the caps of the queues',
  ];
}

import type { Resource } from '../cloudformation/template.ts';
import type { Authoriser } from './authoriser.ts';
import type { Asked } from './requested-actions.ts';

/** What Lambda does with the role of a function that a queue invokes. */
const POLLING = ['ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility', 'GetQueueAttributes'];

/**
 * Checks what services do with roles of the stack when functions do not ask for it: Lambda reads queues and writes logs, and Scheduler
 * sends to its target and its dead letters. AWS refuses the first at deploy, and drops in silence what else is not allowed.
 * @throws Error that names the call that would be refused
 */
export async function checkServices(resources: readonly Resource[], authoriser: Authoriser): Promise<void> {
  for (const [role, asked] of callsOfServices(resources)) {
    const refusal = await authoriser.refusal(role, asked);
    if (refusal !== undefined) throw new Error(`AccessDenied: ${refusal}`);
  }
}

function callsOfServices(resources: readonly Resource[]): [role: string, asked: Asked[]][] {
  const functions = resources.filter(({ type }) => type === 'AWS::Lambda::Function');
  const logs = resources.filter(({ type }) => type === 'AWS::Logs::LogGroup');
  const calls: [string, Asked[]][] = [];
  for (const { properties } of resources.filter(({ type }) => type === 'AWS::Lambda::EventSourceMapping')) {
    const reader = functions.find(({ ref, attributes }) => [ref, attributes.Arn].includes(String(properties.FunctionName)));
    // A mapping to no function has no role to check; it is refused by name when the mappings are read.
    if (reader === undefined) continue;
    const resource = String(properties.EventSourceArn);
    calls.push([String(reader.properties.Role), POLLING.map((operation) => ({ action: `sqs:${operation}`, resource }))]);
  }
  for (const { properties } of functions) {
    const group = logs.find(({ ref }) => ref === (properties.LoggingConfig as { LogGroup?: string } | undefined)?.LogGroup);
    const resource = String(group?.attributes.Arn).replace(/\*$/, 'log-stream:local');
    calls.push([
      String(properties.Role),
      ['CreateLogStream', 'PutLogEvents'].map((operation) => ({ action: `logs:${operation}`, resource })),
    ]);
    const { SCHEDULE_ROLE, SCHEDULE_TARGET, SCHEDULE_DEAD_LETTERS } = variablesOf(properties);
    for (const queue of [SCHEDULE_TARGET, SCHEDULE_DEAD_LETTERS]) {
      if (queue !== undefined) calls.push([String(SCHEDULE_ROLE), [{ action: 'sqs:SendMessage', resource: queue }]]);
    }
  }
  return calls;
}

function variablesOf({ Environment }: Record<string, unknown>): Record<string, string | undefined> {
  return (Environment as { Variables?: Record<string, string> } | undefined)?.Variables ?? {};
}

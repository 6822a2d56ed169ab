import {
  DeleteRuleCommand,
  type EventBridgeClient,
  InvalidEventPatternException,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  ResourceNotFoundException,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventEngines } from '../../../infra/local/event-bridge/event-engines.ts';
import { bodiesIn, busArn, eventBridgeAt, messagesIn, newQueue, queueArn, startEngines } from '../../support/event-engines.ts';
import { temporaryFolder } from '../fixture.ts';

const data = temporaryFolder();
const harness = await startEngines({ file: `${data.folder}/events.sqlite`, buses: ['sms-test'] });
let engines: EventEngines;
let client: EventBridgeClient;
const open = async (): Promise<void> => {
  engines = await harness.start();
  client = eventBridgeAt(engines.eventBridge);
};
const close = async (): Promise<void> => {
  client.destroy();
  await engines.stop();
};
beforeAll(open);
afterAll(async () => {
  await close();
  await harness.queues.stop();
  data.remove();
});

const EventBusName = 'sms-test';
const entry = (more: PutEventsRequestEntry = {}): PutEventsRequestEntry => ({
  EventBusName,
  Source: 'crm',
  DetailType: 'Send Requested',
  Detail: '{"version":1,"list":["a","b"],"deep":{"n":1}}',
  ...more,
});
const put = (...Entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries }));

let rules = 0;
/** A rule with one target of its own, and the name of its queue. */
async function listen(pattern: object, target: Partial<Target> = {}): Promise<{ Rule: string; queue: string }> {
  const [Rule, queue] = [`rule-${++rules}`, await newQueue(harness.queues)];
  await client.send(new PutRuleCommand({ Name: Rule, EventBusName, EventPattern: JSON.stringify(pattern) }));
  await client.send(new PutTargetsCommand({ Rule, EventBusName, Targets: [{ Id: 'queue', Arn: queueArn(queue), ...target }] }));
  return { Rule, queue };
}

it('hands an event to the queue of a rule that it matches, in the envelope that AWS writes', async () => {
  const { queue } = await listen({ source: ['crm'], 'detail-type': ['Send Requested', 'Other'] });
  const { Entries = [], FailedEntryCount } = await put(
    entry({ Time: new Date('2026-11-23T01:02:03Z'), Resources: ['arn:x'] }),
    entry({ Source: 'shop' }),
  );
  await engines.run();
  const bodies = await bodiesIn(harness.queues, queue);
  expect(FailedEntryCount).toBe(0);
  expect(bodies.map((body) => JSON.parse(body))).toEqual([
    {
      version: '0',
      id: Entries[0]?.EventId,
      'detail-type': 'Send Requested',
      source: 'crm',
      account: '000000000000',
      time: '2026-11-23T01:02:03Z',
      region: 'us-east-1',
      resources: ['arn:x'],
      detail: { version: 1, list: ['a', 'b'], deep: { n: 1 } },
    },
  ]);
});

it('an access key of twelve digits stands for the account of the caller', async () => {
  const { queue } = await listen({ account: ['123456789012'] });
  const other = eventBridgeAt(engines.eventBridge, '123456789012');
  await other.send(new PutEventsCommand({ Entries: [entry({ EventBusName: busArn('sms-test') })] }));
  await put(entry());
  await engines.run();
  const bodies = await bodiesIn(harness.queues, queue);
  expect(bodies.map((body) => JSON.parse(body).account)).toEqual(['123456789012']);
  other.destroy();
});

describe('patterns', () => {
  const matching = [
    { detail: { list: ['b', 'z'] } },
    { detail: { deep: { n: [1] } } },
    { source: [{ prefix: 'cr' }] },
    { source: [{ 'anything-but': 'shop' }] },
    { source: [{ 'anything-but': ['shop', 'erp'] }], detail: { none: [{ exists: false }], version: [{ exists: true }] } },
  ];
  it.each(matching)('match: %j', async (pattern) => {
    const { queue } = await listen(pattern);
    await put(entry());
    await engines.run();
    expect(await bodiesIn(harness.queues, queue)).toHaveLength(1);
  });

  const other = [
    { detail: { deep: { n: ['1'] } } },
    { source: [{ prefix: 'rm' }] },
    { source: [{ 'anything-but': ['crm'] }] },
    { detail: { version: [{ exists: false }] } },
    { detail: { none: [null] } },
  ];
  it.each(other)('do not match: %j', async (pattern) => {
    const { queue } = await listen(pattern);
    await put(entry());
    await engines.run();
    expect(await bodiesIn(harness.queues, queue)).toEqual([]);
  });

  it.each(['{', '[]', '{}', '{"source":"crm"}', '{"source":[]}', '{"source":[{"suffix":"m"}]}', '{"source":[{"numeric":["=",1]}]}'])(
    'refused: %s',
    async (EventPattern) => {
      await expect(client.send(new PutRuleCommand({ Name: 'wrong', EventBusName, EventPattern }))).rejects.toThrow(
        InvalidEventPatternException,
      );
    },
  );
});

describe('entries', () => {
  const wrong: [string, PutEventsRequestEntry, string][] = [
    ['no source', { Source: undefined }, 'InvalidArgument'],
    ['no detail-type', { DetailType: undefined }, 'InvalidArgument'],
    ['a detail-type over 128 characters', { DetailType: 'x'.repeat(129) }, 'InvalidArgument'],
    ['no detail', { Detail: undefined }, 'InvalidArgument'],
    ['a detail that is no JSON', { Detail: '{' }, 'MalformedDetail'],
    ['a detail that is no object', { Detail: '[1]' }, 'MalformedDetail'],
    ['a source of AWS', { Source: 'aws.ec2' }, 'NotAuthorizedForSourceException'],
    ['an unknown bus', { EventBusName: 'none' }, 'ResourceNotFoundException'],
  ];
  it.each(wrong)('%s: fails alone', async (_what, more, code) => {
    const { Entries = [], FailedEntryCount } = await put(entry(), entry(more), entry());
    expect(FailedEntryCount).toBe(1);
    expect(Entries.map(({ ErrorCode }) => ErrorCode)).toEqual([undefined, code, undefined]);
    expect(Entries[1]?.EventId).toBeUndefined();
  });

  it('eleven, none, or more than 256 KB: nothing is taken', async () => {
    const { queue } = await listen({ source: ['large'] });
    await expect(put(...Array.from({ length: 11 }, () => entry({ Source: 'large' })))).rejects.toThrow(/10/);
    await expect(put()).rejects.toThrow();
    const Detail = JSON.stringify({ text: '信'.repeat(43_700) });
    await expect(put(entry({ Source: 'large', Detail }), entry({ Source: 'large', Detail }))).rejects.toThrow(/over the limit/);
    await engines.run();
    expect(await bodiesIn(harness.queues, queue)).toEqual([]);
  });
});

it('lists, changes and deletes rules and targets', async () => {
  const { Rule, queue } = await listen({ source: ['crm'] });
  const { Rules = [] } = await client.send(new ListRulesCommand({ EventBusName, NamePrefix: Rule }));
  expect(Rules.find(({ Name }) => Name === Rule)).toMatchObject({ State: 'ENABLED', EventBusName, EventPattern: '{"source":["crm"]}' });
  await client.send(new PutRuleCommand({ Name: Rule, EventBusName, EventPattern: '{"source":["shop"]}', State: 'DISABLED' }));
  const { Targets } = await client.send(new ListTargetsByRuleCommand({ Rule, EventBusName }));
  expect(Targets).toEqual([{ Id: 'queue', Arn: queueArn(queue) }]);
  await put(entry({ Source: 'shop' }), entry());
  await expect(client.send(new DeleteRuleCommand({ Name: Rule, EventBusName }))).rejects.toThrow(/has targets/);
  await client.send(new RemoveTargetsCommand({ Rule, EventBusName, Ids: ['queue'] }));
  await client.send(new DeleteRuleCommand({ Name: Rule, EventBusName }));
  await expect(client.send(new ListTargetsByRuleCommand({ Rule, EventBusName }))).rejects.toThrow(ResourceNotFoundException);
  await expect(client.send(new ListRulesCommand({ EventBusName: 'none' }))).rejects.toThrow(ResourceNotFoundException);
  await engines.run();
  expect(await bodiesIn(harness.queues, queue)).toEqual([]);
  const Targets5 = Array.from({ length: 6 }, (_, index) => ({ Id: String(index), Arn: queueArn('q') }));
  const many = await listen({ source: ['crm'] });
  await expect(client.send(new PutTargetsCommand({ Rule: many.Rule, EventBusName, Targets: Targets5 }))).rejects.toThrow(/maximum number/);
  const lambda = { Id: 'f', Arn: 'arn:aws:lambda:us-east-1:000000000000:function:f' };
  await expect(client.send(new PutTargetsCommand({ Rule: many.Rule, EventBusName, Targets: [lambda] }))).rejects.toThrow(/of this machine/);
});

it('rules and what was not delivered survive a restart; a target that fails to the end has its dead content', async () => {
  const dead = await newQueue(harness.queues);
  const { Rule } = await listen({ source: ['lasting'] }, { Arn: queueArn('missing'), DeadLetterConfig: { Arn: queueArn(dead) } });
  const RetryPolicy = { MaximumRetryAttempts: 1 };
  const Targets = [{ Id: 'dying', Arn: queueArn('never'), DeadLetterConfig: { Arn: queueArn(dead) }, RetryPolicy }];
  await client.send(new PutTargetsCommand({ Rule, EventBusName, Targets }));
  await put(entry({ Source: 'lasting' }));
  await engines.run();
  await close();
  await harness.queues.client.send(new CreateQueueCommand({ QueueName: 'missing' }));
  await open();
  harness.clock.now += 5_000;
  await engines.run();
  await put(entry({ Source: 'lasting', Detail: '{"second":true}' }));
  await engines.run();
  expect((await bodiesIn(harness.queues, 'missing')).map((body) => JSON.parse(body).detail)).toEqual([expect.anything(), { second: true }]);
  const [message] = await messagesIn(harness.queues, dead);
  expect(JSON.parse(message?.Body ?? '{}')).toMatchObject({ source: 'lasting' });
  expect(message?.MessageAttributes?.RULE_ARN?.StringValue).toMatch(/rule\/sms-test\/rule-/);
  expect(message?.MessageAttributes?.EXHAUSTED_RETRY_CONDITION?.StringValue).toBe('MaximumRetryAttempts');
});

it('hands on characters above U+FFFF', async () => {
  const { queue } = await listen({ source: ['emoji'] });
  await put(entry({ Source: 'emoji', Detail: '{"text":"😀 𠮷野家"}' }));
  await engines.run();
  expect((await bodiesIn(harness.queues, queue)).map((body) => JSON.parse(body).detail.text)).toEqual(['😀 𠮷野家']);
});

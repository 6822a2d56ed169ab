import { beforeAll, describe, expect, test } from 'vitest';
import type { Api } from '../../functions/api/api-deps.ts';
import { createJob } from '../../functions/api/create-job.ts';
import type { Sender } from '../../functions/shared/dispatch/sender.ts';
import { CREATING, NEVER_CREATED_AFTER } from '../../functions/shared/job/deadlines.ts';
import { jobIdOf } from '../../functions/shared/job/job-id.ts';
import { parallel } from '../../functions/shared/parallel.ts';
import type { IncomingRequest } from '../../functions/shared/send-request/accept-request.ts';
import {
  acceptAndSend,
  aRequest,
  itemsOf,
  onEveryEngine,
  openSender,
  openTestContext,
  phones,
  rules,
  type TableAddress,
} from '../support/job-context.ts';
import { startProvider } from '../support/provider.ts';
import { atRequest, cutBefore, holdAfter, holdBefore, loseAnswer, pass, type Rule, startProxy } from '../support/proxy.ts';
import { apiRequest } from '../support/worker-client.ts';

/** Jobs that are under way at once. */
const WIDTH = 6;

/** The clock of a creator that comes when the time of the first one is over. */
const late = () => Date.now() + CREATING + 1_000;

/** The job that a request led to, and whether this request created it. */
interface Answer {
  jobId: string;
  made: boolean;
}

/** A way from a request to the provider. */
interface Path {
  recipients: readonly string[];
  act(sender: Sender, request: IncomingRequest): Promise<Answer>;
  /** Batch and events of the timeline, for each batch. */
  batches: readonly [number, readonly string[]][];
  /** Requests that an undisturbed creator makes. */
  makes: readonly string[];
  /** The last of its requests at which it is made to stall. */
  lastStall: string;
  /** Requests before which it stalls while several others come. */
  contested: readonly number[];
}

const paths: Record<string, Path> = {
  'three recipients, in batches with items of their own': {
    recipients: phones(3),
    async act(sender, request) {
      const { job, made } = await acceptAndSend(sender, request);
      return { jobId: job.jobId, made };
    },
    batches: [
      [1, ['waiting', 'sending', 'accepted']],
      [2, ['waiting', 'sending', 'accepted']],
    ],
    makes: ['PutItem CREATING', 'PutItem REMAINING', 'PutItem JOB', 'UpdateItem REMAINING', 'UpdateItem JOB'],
    lastStall: 'UpdateItem B#0000001',
    contested: [2, 5, 8, 10],
  },
  'two recipients, sent within POST /v1/jobs': {
    recipients: phones(2),
    async act(sender, { caller, key, body }) {
      const logger = { info() {}, warn() {}, error() {} };
      const api = { ...sender, rules, logger } as unknown as Api;
      const request = apiRequest({ headers: { 'idempotency-key': key }, body });
      const { statusCode, body: answer } = await createJob(api, { ...request, caller, deadline: Date.now() + 10_000 });
      return { jobId: JSON.parse(answer).jobId, made: statusCode !== 200 };
    },
    batches: [[1, ['sending', 'accepted']]],
    makes: ['PutItem JOB', 'UpdateItem LIMITER', 'UpdateItem JOB'],
    lastStall: 'UpdateItem JOB',
    contested: [1, 2, 3, 4, 5, 6],
  },
};

describe.each(Object.entries(paths))('%s', (_path, path) => {
  onEveryEngine('a creator whose requests are disturbed', (address) => disturb(address, path));
});

function disturb(address: TableAddress, { recipients, act, batches, makes, lastStall, contested }: Path): void {
  /** Creates and sends a job behind a proxy with this rule, then whatever else. @returns what can be seen of it */
  async function run(rule: Rule, others: (attempt: () => Promise<Answer>) => Promise<unknown> = async () => undefined) {
    const provider = await startProvider();
    const proxy = await startProxy(address.endpoint, rule);
    const request = aRequest(recipients);
    const creator = openSender(openTestContext({ ...address, endpoint: proxy.url }), provider.url);
    const other = openSender(openTestContext(address, { now: late }), provider.url);
    const answers: Answer[] = [];
    const attempt = async (sender: typeof creator) => {
      const answer = await act(sender, request);
      answers.push(answer);
      return answer;
    };
    try {
      await Promise.all([attempt(creator), others(() => attempt(other))]);
      const items = await itemsOf(other.context, request);
      return { answers, items, sent: provider.phones().sort(), names: proxy.requests.map(({ name }) => name) };
    } finally {
      creator.provider.close();
      other.provider.close();
      await Promise.all([proxy.stop(), provider.stop()]);
    }
  }

  /** All callers get one job, made once, sent once, and complete. */
  function expectOneJob({ answers, items, sent }: Awaited<ReturnType<typeof run>>): void {
    expect(new Set(answers.map(({ jobId }) => jobId))).toEqual(new Set([items.job?.jobId]));
    expect(answers.filter(({ made }) => made)).toHaveLength(1);
    expect(sent).toEqual(recipients);
    expect(items.jobKeys).toHaveLength(1);
    expect(items.job).toMatchObject({ status: 'completed', counts: { total: recipients.length, accepted: recipients.length } });
    expect(items.job?.outbox).toMatchObject([{ status: 'completed', rev: items.job?.rev }]);
    expect(items.batches.map(({ batch, timeline }) => [batch, timeline.map(({ event }) => event)])).toEqual(batches);
    for (const batch of items.batches) {
      expect(batch).toMatchObject({ try: 1, state: 'accepted' });
      expect(batch).not.toHaveProperty('lateAnswer');
    }
  }

  /** What an undisturbed creator asks of the table, in order. */
  let names: string[] = [];
  /** The numbers of these requests up to a name, the last of them included. */
  const until = (last: string) => {
    expect(names).toContain(last);
    return names.slice(0, names.lastIndexOf(last) + 1).map((_, index) => index + 1);
  };
  beforeAll(async () => {
    const undisturbed = await run(pass);
    expectOneJob(undisturbed);
    names = undisturbed.names;
    expect(names).toEqual(expect.arrayContaining([...makes]));
  });

  test.each([
    ['the answer to', loseAnswer],
    ['', cutBefore],
  ])('%s any one of its requests is lost: one job, each recipient once', async (_what, rule) => {
    for (const disturbed of await parallel(until('UpdateItem JOB'), (number) => run(atRequest(number, rule)), WIDTH)) {
      expect(disturbed.names.length).toBeGreaterThan(names.length);
      expectOneJob(disturbed);
    }
  });

  /** The creator stalls at a request until others, with the same key and body, are through. */
  async function runStalled(number: number, hold: (stall: () => Promise<void>) => Rule, rivals: number) {
    const stalled = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const stall = () => {
      stalled.resolve();
      return released.promise;
    };
    return run(atRequest(number, hold(stall)), async (attempt) => {
      await stalled.promise;
      const settled = await Promise.allSettled(Array.from({ length: rivals }, attempt));
      released.resolve();
      return settled;
    });
  }

  test.each([
    ['before', holdBefore],
    ['after', holdAfter],
  ])('it stalls %s any one of its requests while another takes over: one job, one send, the same for both', async (_when, hold) => {
    for (const stalled of await parallel(until(lastStall), (number) => runStalled(number, hold, 1), WIDTH)) {
      expect(stalled.answers).toHaveLength(2);
      expectOneJob(stalled);
    }
  });

  test('it stalls, and several want to take over at once: one of them does', async () => {
    for (const stalled of await parallel(contested, (number) => runStalled(number, holdBefore, 8), 2)) expectOneJob(stalled);
  });
}

onEveryEngine('a creator that dies', (address) => {
  test('before the seal: 409 with the seconds to wait, then one of those who come finishes, but not a day later', async () => {
    const neverSealed: Rule = (request, carryOut) => (request.name === 'PutItem JOB' ? cutBefore : pass)(request, carryOut);
    const proxy = await startProxy(address.endpoint, neverSealed);
    const provider = await startProvider();
    const request = aRequest();
    const context = openTestContext(address);
    const at = (now: () => number) => acceptAndSend(openSender({ ...context, now }, provider.url), request);
    try {
      const dies = acceptAndSend(openSender(openTestContext({ ...address, endpoint: proxy.url }), provider.url), request);
      await expect(dies).rejects.toMatchObject({ code: 'ECONNRESET' });
      const inUse = { code: 'idempotency-key-in-use', status: 409, retry: true };
      await expect(at(Date.now)).rejects.toMatchObject({
        document: inUse,
        retryAfter: expect.toSatisfy((s) => s > 25 && s <= CREATING / 1000),
      });
      const items = await itemsOf(context, request);
      expect(items).toMatchObject({ job: undefined, jobKeys: [], batches: [{ state: 'waiting' }, { state: 'waiting' }] });
      const spent = { code: 'idempotency-key-spent', status: 409, retry: false };
      await expect(at(() => Date.now() + NEVER_CREATED_AFTER)).rejects.toMatchObject({ document: spent });
      expect(provider.calls).toEqual([]);
      const successors = await startProxy(address.endpoint);
      const successor = openSender(openTestContext({ ...address, endpoint: successors.url }, { now: late }), provider.url);
      const settled = await Promise.allSettled(Array.from({ length: 10 }, () => acceptAndSend(successor, request)));
      await successors.stop();
      const made = settled.flatMap((result) => (result.status === 'fulfilled' && result.value.made ? [result.value.job.jobId] : []));
      expect(made).toEqual([jobIdOf(request.caller, request.key)]);
      expect(successors.requests.filter(({ name }) => name === 'PutItem JOB')).toHaveLength(1);
      expect(provider.phones().sort()).toEqual(phones(3));
    } finally {
      await Promise.all([proxy.stop(), provider.stop()]);
    }
  });
});

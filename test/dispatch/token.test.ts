import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCustomSend } from '../../functions/shared/customsend/client.ts';
import { openProvider, withRollover } from '../../functions/shared/dispatch/provider.ts';
import { sendBatch } from '../../functions/shared/dispatch/send-batch.ts';
import { jobKey } from '../../functions/shared/dynamodb/keys.ts';
import type { JobItem } from '../../functions/shared/job/job-item.ts';
import { readJob } from '../../functions/shared/job/job-table.ts';
import { acceptRequest } from '../../functions/shared/send-request/accept-request.ts';
import { startSecretsManager } from '../../infra/local/secrets-manager/endpoint.ts';
import { aRequest, dialect, onEveryEngine, openSender, openTestContext, phones, rules } from '../support/job-context.ts';
import { type LedgerProvider, startLedgerProvider } from '../support/ledger-provider.ts';

/** What the provider takes, and what the secret holds. */
let valid = 'first';
let secret: string | undefined = 'first';
let reads: boolean[] = [];
let provider: LedgerProvider;
beforeAll(async () => {
  // A provider that refuses a token says no more than it says of any other mistake.
  provider = await startLedgerProvider({ dialect, decide: ({ token }) => (token === valid ? { accepted: true } : { accepted: false }) });
});
afterAll(() => provider.stop());

const readSecret = async (anew: boolean) => {
  reads.push(anew);
  return secret;
};

onEveryEngine('the token of the provider', (address) => {
  const context = () => openTestContext(address);
  const settings = () => ({ url: provider.url, protocol: rules.protocol, connectTimeoutMs: 1_000, timeoutMs: 2_000, notSentStatuses: [] });

  /** A sender whose secret is read as the functions read it: kept, unless it is read anew. */
  function sender() {
    let kept: string | undefined;
    const client = createCustomSend(settings());
    const rollover = withRollover(client, async (anew) => {
      if (anew || kept === undefined) kept = await readSecret(anew);
      return kept;
    });
    return { ...openSender(context(), provider.url), ...rollover, provider: { ...rollover.provider, close: client.close } };
  }

  async function aJob() {
    const { job } = await acceptRequest(context(), { ...rules, limits: { ...rules.limits, phonesPerCall: 1 } }, aRequest(phones(4)));
    return job;
  }
  const send = (through: ReturnType<typeof sender>, { jobId }: JobItem, batch: number) =>
    sendBatch(through, { jobId, batch, try: 1 }, { permitWait: 20_000, deadline: Date.now() + 5_000 });

  test('that changes in the middle of a job costs no message', async () => {
    [valid, secret, reads] = ['first', 'first', []];
    const through = sender();
    const job = await aJob();
    await send(through, job, 1);
    await send(through, job, 2);
    [valid, secret] = ['second', 'second'];
    await send(through, job, 3);
    await send(through, job, 4);
    expect((await readJob(context(), job.jobId))?.job).toMatchObject({ status: 'completed', counts: { accepted: 4 } });
    // Read at first, and once more for the call that was refused; the next one has it.
    expect(reads).toEqual([false, true]);
    expect(provider.arrivals.slice(-3).map(({ token }) => token)).toEqual(['first', 'second', 'second']);
    through.provider.close();
  });

  test('that is refused and is still the one of the secret is not tried twice', async () => {
    [valid, secret] = ['other', 'first'];
    const through = sender();
    const job = await aJob();
    const before = provider.arrivals.length;
    expect(await send(through, job, 1)).toMatchObject({ state: 'rejected', code: 'faild' });
    expect(provider.arrivals.length - before).toBe(1);
    through.provider.close();
  });

  test("of a caller is never replaced by the secret's", async () => {
    [valid, secret, reads] = ['second', 'second', []];
    const { provider: client } = sender();
    const call = { Pattern: 'hi', DefaultDetail: '', Details: '', Phones: phones(1)[0] ?? '', SmsType: 1, PostFixNumber: '', SendTime: '' };
    expect(await client.send({ ...call, Token: 'of the caller' })).toMatchObject({ kind: 'rejected' });
    expect(reads).toEqual([]);
    client.close();
  });

  test('that has not been set holds everything: nothing is called, claimed or lost, and it goes out once there is one', async () => {
    [valid, secret] = ['first', undefined];
    const through = sender();
    const job = await aJob();
    const before = provider.arrivals.length;
    expect(await send(through, job, 1)).toBeUndefined();
    expect(provider.arrivals.length).toBe(before);
    const waiting = await context().table.get<JobItem>(jobKey(job.jobId));
    // The sweep finds it, and queues its batches again.
    expect(waiting).toMatchObject({ dropped: true });
    expect(waiting?.wakeAt).toBeLessThanOrEqual(Date.now() + 60_000);
    secret = 'first';
    expect(await send(through, job, 1)).toMatchObject({ state: 'accepted' });
    through.provider.close();
  });
});

test('a secret that was made without a value holds no token', async () => {
  const arn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:Token-local1';
  const manager = await startSecretsManager(new Map([[arn, 'a token']]));
  const environment = {
    ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' },
    AWS_ENDPOINT_URL_SECRETS_MANAGER: manager.address,
  };
  const before = { ...process.env };
  Object.assign(process.env, environment);
  const open = (secretArn: string) =>
    openProvider({
      STAGE: 'dev',
      ...{ PROVIDER_URL: provider.url, PROVIDER_PROTOCOL: 'http-post', PROVIDER_AUTH: 'none', PROVIDER_TOKEN_SECRET: secretArn },
      ...{ PROVIDER_CONNECT_TIMEOUT_MS: 1_000, PROVIDER_TIMEOUT_MS: 2_000, PROVIDER_NOT_SENT_STATUSES: [] },
      ...{ PROVIDER_TIME_ZONE: 'Asia/Shanghai', DIALECT: dialect },
    });
  try {
    expect(await open(arn).token()).toBe('a token');
    expect(await open(`${arn}-empty`).token()).toBeUndefined();
  } finally {
    process.env = before;
    await manager.close();
  }
});

import type { SQSClient } from '@aws-sdk/client-sqs';

const TIMEOUTS = { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true };

let client: SQSClient | undefined;

/** SQS, for all queues of a function: its client and its commands. Loaded when it is first needed, since most invocations queue nothing. */
export async function loadSqs(given?: SQSClient) {
  const sdk = await import('./sqs-sdk.ts');
  if (!given) client ??= new sdk.SQSClient({ requestHandler: TIMEOUTS, maxAttempts: 3 });
  return { ...sdk, client: given ?? (client as SQSClient) };
}

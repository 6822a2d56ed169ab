import type { SQSClient } from '@aws-sdk/client-sqs';
import { createSdkClient } from '../sdk-client.ts';

/** Milliseconds. */
const REQUEST_TIMEOUT = 5_000;

let client: SQSClient | undefined;

/** SQS, for all queues of a function: its client and its commands. Loaded when it is first needed, since most invocations queue nothing. */
export async function loadSqs(given?: SQSClient) {
  const sdk = await import('./sqs-sdk.ts');
  if (!given) client ??= createSdkClient(sdk.SQSClient, REQUEST_TIMEOUT);
  return { ...sdk, client: given ?? (client as SQSClient) };
}

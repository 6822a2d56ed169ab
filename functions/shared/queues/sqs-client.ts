import { SQSClient } from '@aws-sdk/client-sqs';

const TIMEOUTS = { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true };

let client: SQSClient | undefined;

/** The client of SQS, for all queues of a function. Made when it is first needed: most requests to the API queue nothing. */
export function sqsClient(): SQSClient {
  client ??= new SQSClient({ requestHandler: TIMEOUTS, maxAttempts: 3 });
  return client;
}

import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { toRequest, toResult } from '../shared/asmx-server/gateway-event.ts';
import { readEnv } from '../shared/env/env.ts';
import { createSdkClient } from '../shared/sdk-client.ts';
import { sandboxEnv } from './env.ts';
import { createJobIds } from './job-ids.ts';
import { createLedger } from './ledger.ts';
import { answerLedger } from './ledger-page.ts';
import { answerRequest, type Sandbox } from './provider.ts';

const env = readEnv(sandboxEnv);
const sandbox: Sandbox = {
  env,
  ledger: createLedger(createSdkClient(DynamoDBClient, 5_000), env.LEDGER_TABLE_NAME),
  jobIds: createJobIds(Date.now, Math.random),
  now: () => new Date(),
  wait: (milliseconds) => setTimeout(milliseconds),
};

export const handler = middy<APIGatewayProxyEvent, APIGatewayProxyResult>({ timeoutEarlyInMillis: 0 }).handler(async (event) => {
  const isLedger = event.httpMethod === 'GET' && event.path.endsWith('/ledger');
  return toResult(
    await (isLedger ? answerLedger(sandbox.ledger, event.queryStringParameters ?? {}) : answerRequest(sandbox, toRequest(event, 'text'))),
  );
});

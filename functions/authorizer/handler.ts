import { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayAuthorizerResult, APIGatewayTokenAuthorizerEvent } from 'aws-lambda';
import { Table } from '../shared/dynamodb/table.ts';
import { readEnv } from '../shared/env/env.ts';
import { authorize, type Identify } from './authorize.ts';
import { authorizerFunctionEnv } from './env.ts';
import { identifyByKey } from './identify-by-key.ts';

const env = readEnv(authorizerFunctionEnv);
const logger = new Logger({ serviceName: 'authorizer' });

const identify: Promise<Identify> = openIdentify();

/** The authoriser of the REST API: names the caller of this key or token, or refuses it. */
export async function handler(event: APIGatewayTokenAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  return authorize(await identify, event, logger);
}

/** The library that verifies tokens is read only where tokens are brought. */
async function openIdentify(): Promise<Identify> {
  if (env.JWT === null) return identifyByKey({ table: new Table(env.TABLE_NAME) });
  const { identifyByToken } = await import('./identify-by-token.ts');
  return identifyByToken(env.JWT);
}

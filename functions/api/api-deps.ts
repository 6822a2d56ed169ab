import type { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyResult } from 'aws-lambda';
import type { Sender } from '../shared/dispatch/sender.ts';
import type { Presigner } from '../shared/files/presign.ts';
import type { FilesQueue } from '../shared/queues/files-queue.ts';
import type { SendRules } from '../shared/send-request/check-request.ts';
import type { ApiRequest } from './api-request.ts';
import type { PathParameters } from './find-route.ts';

/** What the routes work with. */
export interface Api extends Sender {
  rules: SendRules;
  /** Addresses of files, and the queue of the function that reads and writes them. */
  files: { presigner: Presigner; tasks: FilesQueue };
  /** The longest `?wait=`, in seconds. */
  longestWait: number;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/** Answers one route. @throws ProblemError for the caller to see */
export type Route = (api: Api, request: ApiRequest, parameters: PathParameters) => Promise<APIGatewayProxyResult>;

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { REGION } from '../../infra/local/cloudformation/template.ts';

/** Good for the embedded engines, whatever credentials and regions the environment has. */
const local = { region: REGION, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

export const dynamoDbClient = (endpoint: string): DynamoDBClient => new DynamoDBClient({ endpoint, ...local });

export const sqsClient = (endpoint: string): SQSClient => new SQSClient({ endpoint, ...local });

/** It writes the bucket into the path, as the SDK does by itself for an address of numbers. */
export const s3Client = (endpoint: string): S3Client => new S3Client({ endpoint, ...local });

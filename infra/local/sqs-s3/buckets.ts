import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { REGION, type Resource } from '../cloudformation/template.ts';

/** A client for the embedded engine. It writes the bucket into the path, as the SDK does by itself for an address of numbers. */
export function s3Client(endpoint: string): S3Client {
  return new S3Client({ endpoint, region: REGION, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
}

/** Creates the buckets of the template; those that the engine has already keep their objects. */
export async function createBuckets(endpoint: string, resources: readonly Resource[]): Promise<void> {
  const client = s3Client(endpoint);
  try {
    for (const { type, ref } of resources) {
      if (type === 'AWS::S3::Bucket') await client.send(new CreateBucketCommand({ Bucket: ref }));
    }
  } finally {
    client.destroy();
  }
}

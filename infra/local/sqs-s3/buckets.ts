import type { Resource } from '../cloudformation/template.ts';
import type { QueuesAndFiles } from './fauxqs-engine.ts';

/** Creates the buckets of the template; those that the engine has already keep their objects. */
export function createBuckets(engine: Pick<QueuesAndFiles, 'createBucket'>, resources: readonly Resource[]): void {
  for (const { type, ref } of resources) if (type === 'AWS::S3::Bucket') engine.createBucket(ref);
}

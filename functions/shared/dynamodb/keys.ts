/**
 * Items and access patterns of the job table (partition key `pk`, sort key `sk`, TTL attribute `expiresAt` in seconds). What each write is
 * guarded by stands in functions/shared/job/PROTOCOL.md.
 *
 *   pk                  sk         item                                                   written by
 *   JOB#job             JOB        the job, and its idempotency record; its only batch    create, file, record, roll up, cancel, patch, fire, publish
 *   JOB#job             B#n        batch n of several: state, try, claim, timeline        create, file, claim, record, sweep, settle, cancel
 *   JOB#job             R#n#t      the provider's whole answer to try t                   record, before the batch
 *   JOB#job             REMAINING  batches to go, a hint that starts a roll-up            create, file, record
 *   PAY#job#n           PAY        recipients of batch n, gzip, immutable                 create, file
 *   DEDUP#fingerprint   DEDUP      drop-in request -> the sequence of its job             asmx
 *   TOKEN#hash          TOKEN      token of a drop-in caller -> caller                    infra/commands/drop-in-tokens.ts
 *   APIKEY              keyId      key of a caller over HTTPS: its hash, caller and scopes    api keys
 *   RATE#caller         RATE       requests of a limited caller in one second             caller rate
 *   EXPORT#job          EXPORT     results asked for as a file, and whether it is there   export
 *   SWITCH#scope        SWITCH     dispatching stopped, for all or one caller             switches
 *   LIMITER             LIMITER    slots, rate and breaker                                rate limiter
 *   DAY#date            DAY        recipients accepted on a day, where limited            create, file
 *   DAY#date#caller     DAY        the same of one caller, where it is limited               create, file
 *   USAGE#caller#date   USAGE      jobs of a day that are over, summed up                 usage
 *
 *   read                                          by
 *   a job with all its batches                    Query pk = JOB#job, sk from B# to JOB
 *   jobs of a caller, newest first                index byCaller  (callerKey, createdAt)
 *   jobs of a caller in one status                index byStatus  (statusKey, createdAt); completed ones by byCaller
 *   jobs of a caller with a reference             index byReference  (referenceKey, createdAt), sparse
 *   jobs that need the sweep, earliest first      index open      (openShard, wakeAt)
 *
 * The indexes hold keys, byCaller a short form of the phones of small jobs too. They are hints: what is decided is decided on consistent
 * reads of the table.
 */
export interface Key {
  pk: string;
  sk: string;
}

/** Indexes of the table, as the stack creates them and the table queries them. */
export const INDEXES = {
  open: { name: 'open', partition: 'openShard', sort: 'wakeAt' },
  byCaller: { name: 'byCaller', partition: 'callerKey', sort: 'createdAt', project: ['phoneHint'] },
  byStatus: { name: 'byStatus', partition: 'statusKey', sort: 'createdAt' },
  byReference: { name: 'byReference', partition: 'referenceKey', sort: 'createdAt' },
} as const;

/** Number of partitions of the index `open`, over which the jobs are spread that the sweep has to look at. */
export const OPEN_SHARDS = 4;

export const payloadKey = (jobId: string, batch: number): Key => ({ pk: `PAY#${jobId}#${batch}`, sk: 'PAY' });
export const jobKey = (jobId: string): Key => ({ pk: `JOB#${jobId}`, sk: 'JOB' });
export const batchKey = (jobId: string, batch: number): Key => ({ pk: `JOB#${jobId}`, sk: `B#${padded(batch)}` });
export const answerKey = (jobId: string, batch: number, attempt: number): Key => ({
  pk: `JOB#${jobId}`,
  sk: `R#${padded(batch)}#${attempt}`,
});
export const remainingKey = (jobId: string): Key => ({ pk: `JOB#${jobId}`, sk: 'REMAINING' });
export const exportKey = (jobId: string): Key => ({ pk: `EXPORT#${jobId}`, sk: 'EXPORT' });
export const dedupKey = (fingerprint: string): Key => ({ pk: `DEDUP#${fingerprint}`, sk: 'DEDUP' });
export const tokenKey = (hash: string): Key => ({ pk: `TOKEN#${hash}`, sk: 'TOKEN' });
/** Partition of all keys of callers: they are few, and are listed by one query. */
export const API_KEYS = 'APIKEY';
export const apiKeyKey = (keyId: string): Key => ({ pk: API_KEYS, sk: keyId });
export const callerRateKey = (caller: string): Key => ({ pk: `RATE#${caller}`, sk: 'RATE' });
export const switchKey = (scope: 'all' | `caller#${string}`): Key => ({ pk: `SWITCH#${scope}`, sk: 'SWITCH' });

export const limiterKey: Key = { pk: 'LIMITER', sk: 'LIMITER' };
export const dayKey = (date: string, caller?: string): Key => ({
  pk: caller === undefined ? `DAY#${date}` : `DAY#${date}#${caller}`,
  sk: 'DAY',
});

/** Range of sort keys that holds all batches and the job itself, in that order. */
export const JOB_AND_BATCHES = { from: 'B#', to: 'JOB' } as const;

export const callerIndexKey = (caller: string): string => `CALLER#${caller}`;
export const referenceIndexKey = (caller: string, reference: string): string => `REF#${caller}#${reference}`;
export const usageKey = (caller: string, date: string): Key => ({ pk: `USAGE#${caller}#${date}`, sk: 'USAGE' });
export const statusIndexKey = (caller: string, status: string): string => `${status}#${caller}`;
export const openShardKey = (shard: number): string => `OPEN#${shard}`;
export const openShard = (jobId: string): string => openShardKey((jobId.codePointAt(jobId.length - 1) ?? 0) % OPEN_SHARDS);

/** Seven digits sort batches by number, up to the 1,000,000 recipients of one job even at one recipient a batch. */
function padded(batch: number): string {
  return String(batch).padStart(7, '0');
}

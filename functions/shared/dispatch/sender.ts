import type { CustomSend } from '../customsend/client.ts';
import type { JobContext } from '../job/context.ts';
import type { Counters } from '../metrics.ts';
import type { DispatchQueue } from '../queues/dispatch-queue.ts';
import type { Dialect, Limits } from '../settings.ts';
import type { CallLimits } from './rate-limiter.ts';

/** What sending needs: the table, the provider with its token, dialect and limits, and the queue for what must wait. */
export interface Sender {
  context: JobContext;
  provider: Pick<CustomSend, 'send'>;
  /** `undefined`: no token has been set yet, and everything waits for it. */
  token: () => Promise<string | undefined>;
  dialect: Dialect;
  callLimits: CallLimits & Pick<Limits, 'quietHours'>;
  dispatchQueue: DispatchQueue;
  counters: Counters;
  /** It is the request that a job came with, so it holds the caller's own token. */
  holdsCallersToken?: true;
}

/** How much time a send may take: for a free slot (milliseconds), and in all (epoch milliseconds, for a record that keeps failing). */
export interface TimeBudget {
  permitWait: number;
  deadline: number;
}

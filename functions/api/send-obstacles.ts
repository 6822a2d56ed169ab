import { readDay } from '../shared/job/quota.ts';
import { readSwitch } from '../shared/job/switches.ts';
import type { Problem } from '../shared/problem/field-error.ts';
import type { Api } from './api-deps.ts';

/** What stands in the way of a request to send at this moment, beside the request itself. */
export interface SendObstacles {
  /** For these it would be refused. */
  errors: Problem[];
  /** For these it would be taken, and wait. */
  warnings: Problem[];
}

/** Looks for what sending would meet: the limit of the day, and dispatching that is stopped. Reads only. */
export async function sendObstacles(
  { context, rules }: Pick<Api, 'context' | 'rules'>,
  caller: string,
  recipients: number,
): Promise<SendObstacles> {
  const limit = rules.limits.maxRecipientsPerDay;
  const [all, own, day] = await Promise.all([
    readSwitch(context, 'all'),
    readSwitch(context, `caller#${caller}`),
    limit === null ? undefined : readDay(context),
  ]);
  const left = limit === null || !day ? Number.POSITIVE_INFINITY : Math.max(0, limit - day.recipients);
  const overLimit = {
    place: 'recipients',
    code: 'daily-limit-reached',
    detail: `The day's limit of ${limit} recipients leaves room for ${left}.`,
  };
  const stopped = [all, own].filter(({ paused }) => paused);
  return {
    errors: recipients > left ? [overLimit] : [],
    warnings: stopped.map(({ by, why }) => ({
      place: 'dispatch',
      code: 'paused',
      detail: `Dispatching was stopped by ${by}${why === undefined ? '' : `: ${why}`}. The job would wait.`,
    })),
  };
}

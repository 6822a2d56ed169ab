import { readDay } from '../shared/job/quota.ts';
import { readSwitch } from '../shared/job/switches.ts';
import type { Problem } from '../shared/problem/field-error.ts';
import { ProblemError } from '../shared/problem/problem.ts';
import { dailyLimitsOf } from '../shared/send-request/caller-rules.ts';
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
  const { zone, limits } = dailyLimitsOf(rules, caller);
  const [all, own, ...days] = await Promise.all([
    readSwitch(context, 'all'),
    readSwitch(context, `caller#${caller}`),
    ...limits.map((limit) => readDay(context, zone, limit.caller)),
  ]);
  const reached = limits.flatMap((limit, index) => {
    const left = Math.max(0, limit.recipients - (days[index]?.recipients ?? 0));
    const whose = limit.caller === undefined ? 'for all callers together' : `for ${limit.caller}`;
    const detail = `The limit of ${limit.recipients} recipients a day ${whose} leaves room for ${left}.`;
    return recipients > left ? [{ place: 'recipients', code: 'daily-limit-reached', detail }] : [];
  });
  const stopped = [all, own].filter(({ paused }) => paused);
  return {
    errors: reached,
    warnings: stopped.map(({ by, why }) => ({
      place: 'dispatch',
      code: 'paused',
      detail: `Dispatching was stopped by ${by}${why === undefined ? '' : `: ${why}`}. The job would wait.`,
    })),
  };
}

/** Why a request would be refused, in the words of a preview. @throws the error when it is no problem of the request */
export function refusalOf(error: unknown) {
  if (!(error instanceof ProblemError)) throw error;
  const { code, detail, errors, furtherErrors, nextAllowedTime } = error.document;
  const place = nextAllowedTime ? 'sendTime' : 'phones';
  return { errors: errors ?? [{ place, code, detail }], furtherErrors: furtherErrors ?? 0, nextAllowedTime };
}

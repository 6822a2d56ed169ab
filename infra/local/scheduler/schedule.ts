import { randomUUID } from 'node:crypto';
import { ServiceError } from '../aws-endpoint/service-error.ts';
import { ACCOUNT, REGION } from '../cloudformation/template.ts';
import { DEFAULT_RETRIES, type Delivery, wireTime } from '../event-bridge/deliveries.ts';
import { type Expression, parseExpression } from './schedule-expression.ts';
import type { ScheduleRequest } from './schedule-request.ts';

/** A schedule as it is kept. Dates are epoch seconds, as the wire has them. */
export interface Schedule extends Omit<ScheduleRequest, 'ClientToken'> {
  Arn: string;
  CreationDate: number;
  LastModificationDate: number;
  /** Epoch milliseconds: when it fires; a schedule that never will has none. */
  next?: number | undefined;
}

/** How long before the call that makes it a recurring schedule may begin (milliseconds). */
const START_BEFORE = 300_000;

export const keyOf = ({ GroupName, Name }: { GroupName: string; Name: string }): string => `${GroupName}/${Name}`;
export const arnOf = (kind: 'schedule' | 'schedule-group', key: string): string => `arn:aws:scheduler:${REGION}:${ACCOUNT}:${kind}/${key}`;

/**
 * When a schedule that is made or changed now fires for the first time.
 * @throws ServiceError ValidationException when that makes no sense, such as a time that is past
 */
export function firstTime(schedule: Schedule, now: number): number | undefined {
  const { ScheduleExpression, StartDate, EndDate } = schedule;
  const { kind, next } = expressionOf(schedule);
  if (kind === 'at') {
    if (next(now) === undefined) throw wrong(`Invalid Schedule Expression ${ScheduleExpression}: this time is past.`);
    return timeAfter(schedule, now);
  }
  const start = StartDate === undefined ? now : StartDate * 1000;
  if (start < now - START_BEFORE) throw wrong('The StartDate you specify cannot be earlier than 5 minutes ago.');
  if (EndDate !== undefined && EndDate * 1000 <= Math.max(start, now))
    throw wrong('The EndDate you specify must come after the StartDate.');
  return timeAfter(schedule, Math.max(start, now) - 1);
}

/** When it fires next after a moment (epoch milliseconds). StartDate and EndDate bound what recurs; a one-time schedule ignores them. */
export function timeAfter(schedule: Schedule, after: number): number | undefined {
  if (schedule.State === 'DISABLED') return undefined;
  const { kind, next } = expressionOf(schedule);
  const time = next(after);
  const isOver = kind !== 'at' && schedule.EndDate !== undefined && time !== undefined && time > schedule.EndDate * 1000;
  return isOver ? undefined : time;
}

/** How long what it fires may be under way, in milliseconds. */
export function maxAge({ Target }: Schedule): number {
  return (Target.RetryPolicy?.MaximumEventAgeInSeconds ?? DEFAULT_RETRIES.maxAgeSeconds) * 1000;
}

/** What it fires at a moment that it was made for. */
export function deliveryOf(schedule: Schedule, scheduled: number): Delivery {
  const { Arn: arn, Target } = schedule;
  const scheduledTime = wireTime(scheduled);
  return {
    target: Target.Arn,
    body: Target.Input ?? defaultInput(arn, scheduledTime, Target.EventBridgeParameters !== undefined),
    since: scheduled,
    maxAgeSeconds: maxAge(schedule) / 1000,
    maxRetries: Target.RetryPolicy?.MaximumRetryAttempts ?? DEFAULT_RETRIES.maxRetries,
    deadLetters: Target.DeadLetterConfig?.Arn,
    event: Target.EventBridgeParameters,
    schedule: { arn, scheduledTime },
  };
}

/** A rate without a StartDate fires at once, and then by elapsed time. */
function expressionOf({ ScheduleExpression, ScheduleExpressionTimezone, StartDate, LastModificationDate }: Schedule): Expression {
  return parseExpression(ScheduleExpression, ScheduleExpressionTimezone, Math.round((StartDate ?? LastModificationDate) * 1000));
}

/** What a target gets when its schedule has no Input. */
function defaultInput(arn: string, time: string, isDetail: boolean): string {
  if (isDetail) return '{}';
  const common = { version: '0', id: randomUUID(), 'detail-type': 'Scheduled Event', source: 'aws.scheduler' };
  return JSON.stringify({ ...common, account: ACCOUNT, time, region: REGION, resources: [arn], detail: '{}' });
}

const wrong = (message: string): ServiceError => new ServiceError('ValidationException', message);

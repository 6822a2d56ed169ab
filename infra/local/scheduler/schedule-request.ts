import * as z from 'zod/mini';
import { localArn, queueArn, retryPolicy, validated, whole } from '../aws-endpoint/member-validation.ts';

const word = (pattern: RegExp, longest: number) => z.string().check(z.minLength(1), z.maxLength(longest), z.regex(pattern));

const name = word(/^[0-9a-zA-Z\-_.]+$/, 64);
const clientToken = z.optional(word(/^[a-zA-Z0-9\-_]+$/, 64));
const busArn = localArn('events', 'event-bus/[/.\\-\\w]+', 'an event bus');
/** Epoch seconds, as the wire has them. */
const date = z.optional(z.number());

const target = z
  .strictObject({
    Arn: z.union([queueArn, busArn], { error: 'must be the ARN of a queue or an event bus of this machine' }),
    RoleArn: word(/^arn:aws(-cn|-us-gov)?:iam::\d{12}:role\/[\w+=,.@/-]+$/, 1600),
    Input: z.optional(z.string().check(z.minLength(1))),
    RetryPolicy: retryPolicy,
    DeadLetterConfig: z.optional(z.strictObject({ Arn: z.optional(queueArn) })),
    EventBridgeParameters: z.optional(
      z.strictObject({ DetailType: z.string().check(z.minLength(1), z.maxLength(128)), Source: word(/^(?!aws\.)[/.\-_A-Za-z0-9]+$/, 256) }),
    ),
    SqsParameters: z.optional(z.strictObject({})),
  })
  .check(
    z.refine(({ Arn, EventBridgeParameters }) => Arn.includes(':event-bus/') === (EventBridgeParameters !== undefined), {
      path: ['EventBridgeParameters'],
      error: 'must be given for an event bus, and for nothing else',
    }),
    z.refine(({ Arn, Input }) => !Arn.includes(':event-bus/') || Input === undefined || isObject(Input), {
      path: ['Input'],
      error: 'must be a JSON object for an event bus',
    }),
  );

const flexibleTimeWindow = z.discriminatedUnion('Mode', [
  z.strictObject({ Mode: z.literal('OFF') }),
  z.strictObject({ Mode: z.literal('FLEXIBLE'), MaximumWindowInMinutes: whole(1, 1_440) }),
]);

/** The body of CreateSchedule and UpdateSchedule, with the name of the path. */
const scheduleSchema = z.strictObject({
  Name: name,
  GroupName: z._default(name, 'default'),
  ClientToken: clientToken,
  Description: z.optional(z.string().check(z.maxLength(512))),
  ScheduleExpression: z.string().check(z.minLength(1), z.maxLength(256)),
  ScheduleExpressionTimezone: z._default(z.string().check(z.minLength(1), z.maxLength(50)), 'UTC'),
  StartDate: date,
  EndDate: date,
  State: z._default(z.enum(['ENABLED', 'DISABLED']), 'ENABLED'),
  ActionAfterCompletion: z._default(z.enum(['NONE', 'DELETE']), 'NONE'),
  FlexibleTimeWindow: flexibleTimeWindow,
  Target: target,
});
export type ScheduleRequest = z.output<typeof scheduleSchema>;

/** What names a schedule, and a repeated call. */
const nameSchema = z.strictObject({ Name: name, GroupName: z._default(name, 'default'), ClientToken: clientToken });

const listSchema = z.strictObject({
  GroupName: z.optional(name),
  NamePrefix: z.optional(name),
  State: z.optional(z.enum(['ENABLED', 'DISABLED'])),
  MaxResults: z._default(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(100)), 100),
  NextToken: z.optional(z.string()),
});

const groupSchema = z.object({ Name: name, ClientToken: clientToken });

export const readSchedule = (given: object): ScheduleRequest => validated(scheduleSchema, given);
export const readName = (given: object) => validated(nameSchema, given);
export const readList = (given: object) => validated(listSchema, given);
export const readGroup = (given: object) => validated(groupSchema, given);

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

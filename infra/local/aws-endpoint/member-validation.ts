import * as z from 'zod/mini';
import { ACCOUNT, REGION } from '../cloudformation/template.ts';
import { ServiceError } from './service-error.ts';

export const whole = (from: number, to: number) => z.int().check(z.minimum(from), z.maximum(to));

/** An ARN of something that this machine has; what is elsewhere cannot be reached. @param resource its last part, as a pattern */
export function localArn(service: string, resource: string, what: string) {
  const pattern = new RegExp(`^arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}$`);
  return z.string().check(z.regex(pattern, `must be the ARN of ${what} of this machine`));
}

export const queueArn = localArn('sqs', '[\\w-]+', 'a queue');

/** How often a target is tried, as targets of rules and of schedules say it. */
export const retryPolicy = z.optional(
  z.strictObject({ MaximumEventAgeInSeconds: z.optional(whole(60, 86_400)), MaximumRetryAttempts: z.optional(whole(0, 185)) }),
);

/** @throws ServiceError ValidationException that names every wrong member, as AWS words it */
export function validated<Schema extends z.ZodMiniType>(schema: Schema, given: object): z.output<Schema> {
  const result = z.safeParse(schema, given);
  if (result.success) return result.data;
  const errors = wrongMembers(result.error);
  const count = `${errors.length} validation ${errors.length === 1 ? 'error' : 'errors'} detected`;
  throw new ServiceError('ValidationException', `${count}: ${errors.join('; ')}`);
}

export function wrongMembers({ issues }: z.core.$ZodError): string[] {
  return issues.map((issue) => {
    const field = issue.path.map(memberName).join('.');
    const reason = issue.code === 'unrecognized_keys' ? `${issue.keys.join(', ')} is not known on one machine` : issue.message;
    return `Value at '${field}' failed to satisfy constraint: ${reason}`;
  });
}

/** Members begin with a small letter in AWS's messages. */
function memberName(name: PropertyKey): string {
  const text = String(name);
  return text.charAt(0).toLowerCase() + text.slice(1);
}

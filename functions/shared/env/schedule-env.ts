import * as z from 'zod/mini';

/** The variables of the function that makes schedules. */
export const scheduleEnv = {
  SCHEDULE_GROUP: z.string().check(z.minLength(1)),
  /** ARN of the events queue, to which schedules send. */
  SCHEDULE_TARGET: z.string().check(z.minLength(1)),
  /** ARN of the role by which they send. */
  SCHEDULE_ROLE: z.string().check(z.minLength(1)),
  /** ARN of the queue of what they could not send. */
  SCHEDULE_DEAD_LETTERS: z.string().check(z.minLength(1)),
} as const;

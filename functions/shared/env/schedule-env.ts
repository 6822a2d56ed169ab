import { text } from './env.ts';

/** The variables of the function that makes schedules. */
export const scheduleEnv = {
  SCHEDULE_GROUP: text,
  /** ARN of the events queue, to which schedules send. */
  SCHEDULE_TARGET: text,
  /** ARN of the role by which they send. */
  SCHEDULE_ROLE: text,
  /** ARN of the queue of what they could not send. */
  SCHEDULE_DEAD_LETTERS: text,
} as const;

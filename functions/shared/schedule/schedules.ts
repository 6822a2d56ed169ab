import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import type * as z from 'zod/mini';
import type { scheduleEnv } from '../env/schedule-env.ts';
import type { Due } from '../queues/events-messages.ts';
import { createSdkClient } from '../sdk-client.ts';

/** One-off schedules of the stack's group. Each has a message sent at its time, at least once; then it deletes itself. */
export interface Schedules {
  /** Has this looked at, at a moment (epoch milliseconds). One that is there already stays as it is. */
  create(due: Due, at: number): Promise<void>;
  /** Deletes a schedule, if it is there. */
  remove(due: Due): Promise<void>;
}

/** How long Scheduler tries to send (seconds; 60 at least), and how often. By then the sweep has long made the job due. */
const RETRY = { MaximumEventAgeInSeconds: 300, MaximumRetryAttempts: 10 };
/** Milliseconds. */
const REQUEST_TIMEOUT = 5_000;

/** Opens the schedules of a running function. The only code that speaks to EventBridge Scheduler. */
export function openSchedules(env: z.output<z.ZodMiniObject<typeof scheduleEnv>>, given?: SchedulerClient): Schedules {
  const client = given ?? createSdkClient(SchedulerClient, REQUEST_TIMEOUT);
  const GroupName = env.SCHEDULE_GROUP;
  return {
    async create(due, at) {
      const command = new CreateScheduleCommand({
        GroupName,
        Name: nameOf(due),
        // Whole seconds: one that fires a moment too early is delayed by the queue.
        ScheduleExpression: `at(${new Date(at).toISOString().slice(0, 19)})`,
        ScheduleExpressionTimezone: 'UTC',
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        Target: {
          Arn: env.SCHEDULE_TARGET,
          RoleArn: env.SCHEDULE_ROLE,
          Input: JSON.stringify({ jobId: due.jobId, gen: due.gen }),
          RetryPolicy: RETRY,
          DeadLetterConfig: { Arn: env.SCHEDULE_DEAD_LETTERS },
        },
      });
      await unless(ConflictException, client.send(command));
    },
    async remove(due) {
      await unless(ResourceNotFoundException, client.send(new DeleteScheduleCommand({ GroupName, Name: nameOf(due) })));
    },
  };
}

/** A name for each time that a job was given: a reschedule makes another one. */
function nameOf({ jobId, gen }: Due): string {
  return `${jobId}-g${gen}`;
}

async function unless(harmless: new (...args: never[]) => Error, request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof harmless)) throw error;
  }
}

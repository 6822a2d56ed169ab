import { Duration } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { API_FUNCTION_TIMEOUT } from '../functions/shared/job/deadlines.ts';
import { WorkQueue } from './queue.ts';
import type { StageSettings } from './stage-settings.ts';

/** What the events function has: it makes jobs, so it ends before another request may take over the creation of one. */
export const eventsTimeout = Duration.millis(API_FUNCTION_TIMEOUT);

/** The queue of what jobs need outside of the table: their time looked at, their events put on the bus. Schedules send to it, too. */
export class EventsQueue extends WorkQueue {
  constructor(scope: Construct, id: string, { settings }: { settings: StageSettings }) {
    super(scope, id, {
      settings,
      functionTimeout: eventsTimeout,
      dead: {
        title: 'Dead events-queue messages',
        impact: 'Jobs go out late, or listeners hear late how theirs ended: the sweep asks again until it succeeds.',
      },
    });
  }

  /** The right to send to it, and where to. */
  grantSendEvents(principal: IGrantable): { EVENTS_QUEUE_URL: string } {
    return { EVENTS_QUEUE_URL: this.grantSend(principal) };
  }
}

import type { OutboxEvent } from '../job/job-item.ts';

/** The version of every event's detail. Fields are only ever added to it; anything else would be version 2. */
export const VERSION = 1;
/** The source of every event that this service puts on its bus. */
export const SOURCE = 'sms';
/** The one event that it takes. */
export const REQUESTED = 'Send Requested';

/** The event of each status that listeners are told of. */
export const EVENT_OF = {
  completed: 'Job Completed',
  attention: 'Job Needs Attention',
  cancelled: 'Job Cancelled',
  expired: 'Job Expired',
  refused: 'Send Refused',
} as const satisfies Record<OutboxEvent['status'], string>;
export type EventName = (typeof EVENT_OF)[keyof typeof EVENT_OF];

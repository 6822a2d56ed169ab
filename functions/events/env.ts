import * as z from 'zod/mini';
import { eventSourcesEnv, filesEnv, jobEnv, providerEnv, queueEnv, text } from '../shared/env/env.ts';
import { scheduleEnv } from '../shared/env/schedule-env.ts';

/** The environment of the events function: it checks and batches by the provider's rules, and never calls it. */
export const eventsEnv = z.object({
  ...jobEnv,
  ...queueEnv,
  ...eventSourcesEnv,
  ...scheduleEnv,
  FILES_QUEUE_URL: filesEnv.FILES_QUEUE_URL,
  PROVIDER_PROTOCOL: providerEnv.PROVIDER_PROTOCOL,
  PROVIDER_TIME_ZONE: providerEnv.PROVIDER_TIME_ZONE,
  DIALECT: providerEnv.DIALECT,
  /** The bus on which events go out. */
  EVENT_BUS_NAME: text,
});
export type EventsEnv = z.output<typeof eventsEnv>;

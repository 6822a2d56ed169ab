import * as z from 'zod/mini';
import { filesEnv, jobEnv, queueEnv } from '../shared/env/env.ts';

/** The environment of the sweep function. */
export const sweepEnv = z.object({ ...jobEnv, ...queueEnv, FILES_QUEUE_URL: filesEnv.FILES_QUEUE_URL });
export type SweepEnv = z.output<typeof sweepEnv>;

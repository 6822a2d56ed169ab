import * as z from 'zod/mini';
import { jobEnv, queueEnv } from '../shared/env.ts';

/** The environment of the sweep function. */
export const sweepEnv = z.object({ ...jobEnv, ...queueEnv });
export type SweepEnv = z.output<typeof sweepEnv>;

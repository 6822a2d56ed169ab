import * as z from 'zod/mini';
import { jobEnv, providerEnv, queueEnv } from '../shared/env/env.ts';

/** The environment of the dispatch function. */
export const dispatchEnv = z.object({ ...jobEnv, ...providerEnv, ...queueEnv });
export type DispatchEnv = z.output<typeof dispatchEnv>;

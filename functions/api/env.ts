import * as z from 'zod/mini';
import { authorizationEnv, eventSourcesEnv, filesEnv, jobEnv, providerEnv, queueEnv } from '../shared/env/env.ts';

/** The environment of the api function: the stack writes it, the function reads it. */
export const apiEnv = z.object({ ...jobEnv, ...providerEnv, ...queueEnv, ...filesEnv, ...eventSourcesEnv, ...authorizationEnv });
export type ApiEnv = z.output<typeof apiEnv>;

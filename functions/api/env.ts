import * as z from 'zod/mini';
import { authorizationEnv, jobEnv, providerEnv } from '../shared/env.ts';

/** The environment of the api function: the stack writes it, the function reads it. */
export const apiEnv = z.object({ ...jobEnv, ...providerEnv, ...authorizationEnv });
export type ApiEnv = z.output<typeof apiEnv>;

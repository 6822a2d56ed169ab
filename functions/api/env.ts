import * as z from 'zod/mini';
import { authorizationEnv, eventSourcesEnv, filesEnv, jobEnv, providerEnv, queueEnv } from '../shared/env/env.ts';

/** The environment of the api function: the stack writes it, the function reads it. */
export const apiEnv = z.object({
  ...jobEnv,
  ...providerEnv,
  ...queueEnv,
  ...filesEnv,
  ...eventSourcesEnv,
  ...authorizationEnv,
  /** The longest `?wait=`: each one holds an execution of the function that long. */
  LONGEST_WAIT_SECONDS: z.coerce.number().check(z.int(), z.minimum(0), z.maximum(20)),
});
export type ApiEnv = z.output<typeof apiEnv>;

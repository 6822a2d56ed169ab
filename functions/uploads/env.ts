import * as z from 'zod/mini';
import { filesEnv, jobEnv, providerEnv, queueEnv } from '../shared/env/env.ts';

/** The environment of the uploads function: it checks and batches by the provider's rules, and never calls it. */
export const uploadsEnv = z.object({
  ...jobEnv,
  ...queueEnv,
  ...filesEnv,
  PROVIDER_PROTOCOL: providerEnv.PROVIDER_PROTOCOL,
  DIALECT: providerEnv.DIALECT,
  PROVIDER_TIME_ZONE: providerEnv.PROVIDER_TIME_ZONE,
});
export type UploadsEnv = z.output<typeof uploadsEnv>;

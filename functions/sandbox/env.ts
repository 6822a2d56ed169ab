import * as z from 'zod/mini';
import { dialectSchemaJson, text } from '../shared/env/env.ts';

/** The environment of the sandbox function. */
export const sandboxEnv = z.object({
  LEDGER_TABLE_NAME: text,
  DIALECT: dialectSchemaJson,
  /** `carry-out`: a front stands before the function that resets, cuts and silences. `refuse`: deployed, those phones are refused by name. */
  CONNECTION_SCENARIOS: z.enum(['carry-out', 'refuse']),
});
export type SandboxEnv = z.output<typeof sandboxEnv>;

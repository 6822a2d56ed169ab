import * as z from 'zod/mini';
import { jobEnv, providerEnv } from '../shared/env/env.ts';

/** The environment of the drop-in endpoint. */
export const asmxEnv = z.object({
  ...jobEnv,
  ...providerEnv,
  /** `own`: callers bring tokens of this product. `pass-through`: their tokens are the provider's, and go on to it. */
  ASMX_TOKENS: z.enum(['own', 'pass-through']),
  /** The caller of jobs that come with tokens of the provider: it sees and settles them. Unused with `own` tokens. */
  ASMX_CALLER: z.string(),
  /** How long a repeated request gets the definite answer of the first (seconds); 0 = it is sent again. */
  ASMX_REPEAT_WINDOW_SECONDS: z.coerce.number().check(z.int(), z.nonnegative()),
});
export type AsmxEnv = z.output<typeof asmxEnv>;

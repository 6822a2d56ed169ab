import * as z from 'zod/mini';
import { jobEnv, providerEnv } from '../shared/env/env.ts';

/** The environment of the drop-in endpoint. */
export const asmxEnv = z.object({
  ...jobEnv,
  ...providerEnv,
  /** `own`: callers bring tokens of this product. `pass-through`: their tokens are the provider's, and go on to it. */
  ASMX_TOKENS: z.enum(['own', 'pass-through']),
  /** Whose the jobs are that come with tokens of the provider, so who sees and settles them; with `own` tokens nobody's. */
  ASMX_CALLER: z.string(),
  /** A request that is repeated within so many seconds after a definite answer gets that answer; 0 = it is sent again. */
  ASMX_REPEAT_WINDOW_SECONDS: z.coerce.number().check(z.int(), z.nonnegative()),
});
export type AsmxEnv = z.output<typeof asmxEnv>;

import * as z from 'zod/mini';

/** One try of one batch: all that a dispatch message says. The table is the truth. */
export const attemptSchema = z.strictObject({ jobId: z.string(), batch: z.int(), try: z.int() });
export type Attempt = z.output<typeof attemptSchema>;

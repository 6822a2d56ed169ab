import * as z from 'zod/mini';

/** What the uploads function is asked for: to read the file of a job, or to write the results of one. The table is the truth. */
export const fileTaskSchema = z.strictObject({ task: z.enum(['split', 'export']), jobId: z.string() });
export type FileTask = z.output<typeof fileTaskSchema>;

import * as z from 'zod/mini';

/** Look at the job's time: exactly the input of a schedule, and nothing else. The table is the truth. */
export const dueSchema = z.strictObject({ jobId: z.string(), gen: z.int() });
export type Due = z.output<typeof dueSchema>;

/** The job has events in its outbox. */
export const publishSchema = z.strictObject({ jobId: z.string(), publish: z.literal(true) });
export type PublishMessage = z.output<typeof publishSchema>;

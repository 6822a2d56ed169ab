import type { Bucket } from '../shared/files/bucket.ts';
import type { JobContext } from '../shared/job/context.ts';
import { finishExport, readExport } from '../shared/job/export-item.ts';
import { type JobWithBatches, readJob } from '../shared/job/job-table.ts';
import { getPayload } from '../shared/job/payload.ts';
import { type RecipientResult, readAnswers, resultsOf } from '../shared/job/results.ts';
import { parallel } from '../shared/parallel.ts';
import { csvRow } from './csv-row.ts';

/** What writing results needs. */
export interface Exporter {
  context: JobContext;
  bucket: Pick<Bucket, 'write'>;
}

const COLUMNS = [
  'phone',
  'reference',
  'outcome',
  'batch',
  'try',
  'code',
  'reason',
  'commonJobId',
  'specialJobIds',
  'detail',
  'segments',
  'text',
] as const;
/** Batches that are read at once. */
const WIDTH = 20;
/** By it spreadsheets know that a file is in UTF-8. */
const BYTE_ORDER_MARK = '\ufeff';

/**
 * Writes the outcome of every recipient of a job into the bucket, if it was asked for and is not there yet. Stopped anywhere,
 * it begins anew with the next message: the object appears as a whole or not at all.
 */
export async function writeExport({ context, bucket }: Exporter, jobId: string): Promise<void> {
  const asked = await readExport(context, jobId);
  if (asked?.state !== 'asked') return;
  const read = await readJob(context, jobId);
  if (!read) return;
  await bucket.write(asked.object, 'text/csv; charset=utf-8', rowsOf(context, read));
  await finishExport(context, asked);
}

/** Lists, which are a recipient's field values and the provider's ids, are written as JSON. */
const cellOf = (value: RecipientResult[(typeof COLUMNS)[number]]): string | number => {
  if (value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : value;
};

async function* rowsOf(context: JobContext, { job, batches }: JobWithBatches): AsyncGenerator<Buffer> {
  yield Buffer.from(BYTE_ORDER_MARK + csvRow(COLUMNS));
  const results = resultsOf(job);
  for (let start = 0; start < batches.length; start += WIDTH) {
    const some = batches.slice(start, start + WIDTH);
    const [answers, payloads] = await Promise.all([
      readAnswers(context, some),
      parallel(some, ({ batch }) => getPayload(context, job, batch)),
    ]);
    for (const [index, payload] of payloads.entries()) {
      const batch = some[index] as (typeof some)[number];
      const answer = answers.get(batch.batch);
      const rows: string[] = [];
      for (const result of results(batch, payload, answer)) {
        rows.push(csvRow(COLUMNS.map((column) => cellOf(result[column]))));
      }
      yield Buffer.from(rows.join(''));
    }
  }
}

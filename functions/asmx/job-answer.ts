import { splitList } from '../shared/customsend/answer-content.ts';
import type { CustomSendReturn } from '../shared/customsend/call.ts';
import type { BatchItem } from '../shared/job/batch-item.ts';
import type { JobContext } from '../shared/job/context.ts';
import type { JobWithBatches } from '../shared/job/job-table.ts';
import { getPayload } from '../shared/job/payload.ts';
import { readAnswers } from '../shared/job/results.ts';
import { joinEntries } from '../shared/message/encoded-content.ts';
import { phonesOf } from '../shared/message/message.ts';
import { parallel } from '../shared/parallel.ts';
import type { Dialect } from '../shared/settings.ts';

/** One call of a job: its outcome, the provider's answer if that is known, and its phones. */
export interface Part {
  batch: Pick<BatchItem, 'state' | 'reason'>;
  root: CustomSendReturn | undefined;
  phones: readonly string[];
}

/** An answer of this service's own: nothing was sent, or it is not known whether it was. */
export function faild(message: string, errorPhones = ''): CustomSendReturn {
  return { RetCode: 'Faild', Message: message, CommonJobID: '', SpecialJobIDs: '', TotalSendCount: 0, ErrorPhones: errorPhones };
}

/** The answer to a request, from what the table holds of its job: so the same request always gets the same answer. */
export async function answerOf(context: JobContext, dialect: Dialect, { job, batches }: JobWithBatches): Promise<CustomSendReturn> {
  const answers = await readAnswers(context, batches);
  const parts = await parallel(batches, async (batch): Promise<Part> => {
    const phones = phonesOf(await getPayload(context, job, batch.batch));
    return { batch, root: answers.get(batch.batch), phones };
  });
  return combine(dialect, job.jobId, parts);
}

/**
 * Of one call that the provider answered: its answer, field by field. Of several: `Sucess` if any was accepted, the ids joined, the
 * counts added, in ErrorPhones also the phones of the calls that were refused or not made. Phones that may or may not have been
 * sent to are named in Message, which says not to send to them again. Pure.
 */
export function combine(dialect: Dialect, jobId: string, parts: readonly Part[]): CustomSendReturn {
  const [only] = parts;
  if (parts.length === 1 && only?.root && isAnswered(only)) return verbatim(only, only.root);
  const accepted = parts.filter(({ batch }) => batch.state === 'accepted');
  const refused = parts.filter(({ batch }) => isOneOf(batch, 'rejected', 'cancelled', 'expired'));
  const open = parts.filter(({ batch }) => isOneOf(batch, 'unknown', 'sending', 'waiting'));
  const message = [...wordsOf(accepted), ...reasonsOf(refused, jobId), ...doubtsOf(open, jobId)].join(' ');
  if (accepted.length === 0) return faild(message, list(dialect, parts.length === 1 ? [] : wrongPhones(refused)));
  const roots = accepted.flatMap(({ root }) => root ?? []);
  const joined = (field: 'CommonJobID' | 'SpecialJobIDs') =>
    roots.flatMap((root) => splitList(root[field])).join(dialect.recipientSeparator);
  return {
    RetCode: 'Sucess',
    Message: message,
    CommonJobID: joined('CommonJobID'),
    SpecialJobIDs: joined('SpecialJobIDs'),
    TotalSendCount: accepted.reduce((sum, part) => sum + countOf(part), 0),
    ErrorPhones: list(dialect, [...wrongPhones(accepted), ...refused.flatMap(({ phones }) => phones)]),
  };
}

/** RetCode and count are what old callers cannot do without; a person may have decided otherwise than the provider said. */
function verbatim(part: Part, root: CustomSendReturn): CustomSendReturn {
  const RetCode = part.batch.state === 'accepted' ? 'Sucess' : 'Faild';
  return { ...root, RetCode, TotalSendCount: root.TotalSendCount ?? (RetCode === 'Sucess' ? countOf(part) : 0) };
}

function isAnswered({ batch }: Part): boolean {
  return isOneOf(batch, 'accepted', 'rejected');
}

function isOneOf({ state }: Part['batch'], ...states: BatchItem['state'][]): boolean {
  return states.includes(state);
}

function countOf({ root, phones }: Part): number {
  return root?.TotalSendCount ?? phones.length - splitList(root?.ErrorPhones ?? null).length;
}

function wrongPhones(parts: readonly Part[]): string[] {
  return parts.flatMap(({ root }) => splitList(root?.ErrorPhones ?? null));
}

/** What the provider said, each thing once. */
function wordsOf(parts: readonly Part[]): string[] {
  return [...new Set(parts.flatMap(({ root }) => root?.Message || []))];
}

function reasonsOf(parts: readonly Part[], jobId: string): string[] {
  const reasons = parts.map(({ batch, root }) => {
    if (batch.state === 'rejected') return root?.Message || batch.reason || 'The provider refused it.';
    return `${batch.reason ?? 'No call could begin in time.'} Nothing was sent (${jobId}).`;
  });
  return [...new Set(reasons)];
}

/** Old programs send again what failed: this says, in the only field that they look at, that they must not. */
function doubtsOf(parts: readonly Part[], jobId: string): string[] {
  if (parts.length === 0) return [];
  const phones = parts.flatMap((part) => part.phones);
  const working = parts.some(({ batch }) => batch.state !== 'unknown');
  const state = working ? 'is still being sent' : 'may have been sent, its outcome is unknown';
  return [`${jobId} ${state}: do NOT send again to ${phones.length} phones: ${phones.join(';')}`];
}

function list(dialect: Dialect, phones: readonly string[]): string {
  return joinEntries(dialect, phones);
}

import type { JobWithBatches } from '../shared/job/job-table.ts';
import { countRecipients } from '../shared/job/states.ts';
import { invalidRequest, ProblemError } from '../shared/problem/problem.ts';
import type { ApiRequest } from './api-request.ts';

/**
 * The entity tag of a job: its revision. Strong only while the revision tells all there is to tell; what is still moving changes between
 * two revisions, and gets a weak one.
 */
export function entityTagOf(read: JobWithBatches): string {
  return `${isSettled(read) ? '' : 'W/'}"${read.job.rev}"`;
}

/**
 * Whether the caller has this very job already. Never of one that is moving: its batches change without a new revision. A tag that no job
 * has is merely another one.
 */
export function isUnchanged(read: JobWithBatches, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined || !isSettled(read)) return false;
  return ifNoneMatch.split(',').some((tag) => ['*', read.job.rev].includes(revisionOf(tag) ?? ''));
}

/**
 * Holds a job against the revision that the caller has seen.
 * @returns the revision that was named, if one was
 * @throws ProblemError 412 when the job has changed since
 */
export function expectRevision({ rev }: { rev: number }, request: Pick<ApiRequest, 'header'>): number | undefined {
  const ifMatch = request.header('if-match');
  if (ifMatch === undefined) return undefined;
  const tags = readTags(ifMatch, 'If-Match');
  if (tags.includes(rev)) return rev;
  if (tags.includes('*')) return undefined;
  throw new ProblemError('revision-changed', `The job is at revision ${rev}, not ${tags.join(' or ')}: look at it again.`);
}

/** Nothing is pending, and what the batches say has been written onto the job. */
function isSettled({ job, batches }: JobWithBatches): boolean {
  if (job.status === 'preparing' || job.status === 'scheduled') return false;
  const counts = countRecipients(batches);
  return counts.pending === 0 && (batches.length === 0 || JSON.stringify(sorted(counts)) === JSON.stringify(sorted(job.counts)));
}

function sorted(counts: object) {
  return Object.entries(counts).toSorted(([one], [other]) => one.localeCompare(other));
}

/** The revisions of a list of entity tags. @throws ProblemError for anything else */
function readTags(text: string, place: string): (number | '*')[] {
  const tags = text.split(',').map(revisionOf);
  if (tags.every((tag) => tag !== undefined)) return tags;
  throw invalidRequest([{ place, code: 'malformed', detail: 'Expected the ETag of a job, such as "4".' }]);
}

/** The revision of an entity tag: `"4"`, `W/"4"`, or `4` as it stands in the job. */
function revisionOf(tag: string): number | '*' | undefined {
  if (tag.trim() === '*') return '*';
  const digits = /^\s*(?:(?:W\/)?"(\d{1,15})"|(\d{1,15}))\s*$/.exec(tag);
  return digits ? Number(digits[1] ?? digits[2]) : undefined;
}

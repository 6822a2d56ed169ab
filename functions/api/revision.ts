import type { JobWithBatches } from '../shared/job/batches.ts';
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

/** Whether the caller has this very job already. Never of one that is moving: its batches change without a new revision. */
export function isUnchanged(read: JobWithBatches, ifNoneMatch: string | undefined): boolean {
  return (
    ifNoneMatch !== undefined &&
    isSettled(read) &&
    readTags(ifNoneMatch, 'If-None-Match').some((tag) => tag === '*' || tag === read.job.rev)
  );
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

/** The revisions of a list of entity tags: `"4"`, `W/"4"`, or `4` as it stands in the job. @throws ProblemError for anything else */
function readTags(text: string, place: string): (number | '*')[] {
  const tags = text.split(',').map((tag) => {
    if (tag.trim() === '*') return '*' as const;
    const digits = /^\s*(?:(?:W\/)?"(\d{1,15})"|(\d{1,15}))\s*$/.exec(tag);
    return digits ? Number(digits[1] ?? digits[2]) : undefined;
  });
  if (tags.every((tag) => tag !== undefined)) return tags;
  throw invalidRequest([{ place, code: 'malformed', detail: `Expected the ETag of a job, such as "4".` }]);
}

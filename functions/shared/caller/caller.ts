import type { CallerSettings } from './caller-settings.ts';
import type { CallerScope } from './scopes.ts';

/** The sender of a request, and what it may do. */
export interface Caller {
  /** As jobs name their caller. */
  caller: string;
  scopes: readonly CallerScope[];
  /** Callers by event whose jobs are this caller's too. */
  owns: readonly string[];
}

/** Scopes of an IAM principal that the stage does not list: a policy lets it call the API. */
const UNLISTED_PRINCIPAL: readonly CallerScope[] = ['send', 'read'];

/**
 * Scopes of a caller. The stage's list says what an IAM principal may do. A key or a token brings scopes of its own, of which the stage's
 * list may take some away and never adds any.
 * @param listed what the stage says of the caller
 * @param brought scopes of the key or token; `undefined` for an IAM principal
 */
export function scopesOf(listed: CallerSettings | undefined, brought: readonly CallerScope[] | undefined): readonly CallerScope[] {
  if (!brought) return listed?.scopes ?? UNLISTED_PRINCIPAL;
  return listed ? brought.filter((scope) => listed.scopes.includes(scope)) : brought;
}

/** Whether a caller may see and change the jobs of another one, or of itself. */
export function mayActFor({ caller, scopes, owns }: Caller, jobCaller: string): boolean {
  return jobCaller === caller || owns.includes(jobCaller) || scopes.includes('operate');
}

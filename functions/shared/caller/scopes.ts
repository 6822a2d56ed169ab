import { ProblemError } from '../problem/problem.ts';

/**
 * What a caller may do: `send` requests and change its own jobs; `read` its own jobs; `operate`: read, settle, cancel and pause all
 * callers' jobs; `admin`: make and revoke keys, and stop or start everything.
 */
export const SCOPES = ['send', 'read', 'operate', 'admin'] as const;
export type CallerScope = (typeof SCOPES)[number];

/** The scopes among these words; all others are left out. */
export function readScopes(words: readonly string[]): CallerScope[] {
  return SCOPES.filter((scope) => words.includes(scope));
}

/** @param needed one of these is enough; empty: any caller may. @throws ProblemError 403 that names what is missing */
export function expectScope(scopes: readonly CallerScope[], needed: readonly CallerScope[]): void {
  if (needed.length === 0 || needed.some((scope) => scopes.includes(scope))) return;
  const has = scopes.length === 0 ? 'the caller has none' : `the caller has ${scopes.join(', ')}`;
  throw new ProblemError('scope-missing', `This operation needs the scope ${needed.join(' or ')}; ${has}.`);
}

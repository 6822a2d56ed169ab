import { ProblemError } from '../shared/problem/problem.ts';

/** Why a request would be refused, in the words of a preview. @throws the error when it is no problem of the request */
export function refusalOf(error: unknown) {
  if (!(error instanceof ProblemError)) throw error;
  const { code, detail, errors, furtherErrors, nextAllowedTime } = error.document;
  const place = nextAllowedTime ? 'sendTime' : 'phones';
  return { errors: errors ?? [{ place, code, detail }], furtherErrors: furtherErrors ?? 0, nextAllowedTime };
}

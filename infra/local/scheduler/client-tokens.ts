import { createHash } from 'node:crypto';
import { ServiceError } from '../aws-endpoint/service-error.ts';
import type { Collection, State } from '../saved-state.ts';

interface Done {
  token: string;
  /** A digest of what was asked. */
  call: string;
  answer: object;
  /** Epoch milliseconds. */
  at: number;
}

/** How long a ClientToken is remembered (milliseconds). */
const REMEMBERED = 3_600_000;

/** Calls that carried a ClientToken: the same call again changes nothing and is answered the same. */
export class ClientTokens {
  readonly #done: Collection<Done>;
  readonly #now: () => number;

  constructor(state: State, now: () => number) {
    this.#done = state.collection('tokens');
    this.#now = now;
  }

  /**
   * Does the work, unless it was done under this token.
   * @param call what makes it the same call
   * @throws ServiceError ConflictException when the token was another call's
   */
  once(token: string | undefined, call: unknown, work: () => object): object {
    if (token === undefined) return work();
    const [digest, at] = [createHash('sha256').update(JSON.stringify(call)).digest('base64'), this.#now()];
    for (const done of this.#done.values()) if (done.at <= at - REMEMBERED) this.#done.delete(done.token);
    const before = this.#done.get(token);
    if (before?.call === digest) return before.answer;
    if (before) throw new ServiceError('ConflictException', 'This ClientToken was used for another call.', 409);
    const answer = work();
    this.#done.set(token, { token, call: digest, answer, at });
    return answer;
  }
}

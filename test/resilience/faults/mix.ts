import { SCENARIOS } from '../../../functions/sandbox/scenarios.ts';
import type { Doing } from '../../support/ledger-provider.ts';
import { randomOf } from './rng.ts';

/** What happens to a call, by the name that the table of results has. */
export interface Fault extends Doing {
  name: string;
  /** The worker that made the call is killed: before the provider has taken it, or after. */
  kills?: true;
}

/** Every scenario of the sandbox, and the death of the worker that calls. */
export const FAULTS: readonly Fault[] = [
  ...SCENARIOS.map(({ meaning, accepted, connection, answer }) => ({ name: meaning, accepted, connection, answer })),
  { name: 'the worker dies, then it is accepted', accepted: true, kills: true },
  { name: 'the worker dies, and it is not accepted', accepted: false, kills: true },
];

/** Of what no call can tell, because it never came: the port was closed. And what needs no call: a worker that dies by itself. */
export const REFUSED = 'connection refused';
export const DIED = 'the worker dies, wherever it is';
/** Though a call may have been cut off when the port closed because of another. */
export const NONE = 'none of its own';

/** What becomes of a batch's n-th call (from 0). The same seed gives the same. @param share of calls that a fault befalls, 0 to 1 */
export function faultOf(seed: string, share: number, firstPhone: string, call: number): Fault | undefined {
  const random = randomOf(seed, 'fault', firstPhone, call);
  return random < share ? FAULTS[Math.floor((random / share) * FAULTS.length)] : undefined;
}

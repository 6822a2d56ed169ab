import type { CustomSendCall, Protocol } from './call.ts';
import { type EncodingProblem, valueProblemsOf } from './encodability.ts';

/** The binding to use, or why neither the stage's own nor SOAP can carry what is given. */
export type BindingChoice = { protocol: Protocol } | { problems: EncodingProblem[] };

/**
 * Chooses the binding for all calls of a job: the stage's own, or SOAP 1.1 when a text needs it. The form bindings refuse markup (`<b`,
 * `&#`), which SOAP carries; SOAP refuses control characters, which forms carry. One choice holds for the whole job, so that every batch
 * is measured as it is sent. How long a query may get is left to the batching.
 * @param calls the parameters that are known; a recipient's own are one more entry. Read once, so a generator will do
 */
export function chooseBinding(preferred: Protocol, calls: Iterable<Partial<CustomSendCall>>): BindingChoice {
  const candidates = [...new Set<Protocol>([preferred, 'soap11'])].map((protocol) => ({ protocol, problems: [] as EncodingProblem[] }));
  for (const call of calls) {
    for (const { protocol, problems } of candidates) {
      if (problems.length < MOST_PROBLEMS) problems.push(...valueProblemsOf(protocol, call));
    }
  }
  const able = candidates.find(({ problems }) => problems.length === 0);
  return able ? { protocol: able.protocol } : { problems: candidates.flatMap(({ problems }) => problems) };
}

/** Of one binding, enough to say what is wrong. */
const MOST_PROBLEMS = 10;

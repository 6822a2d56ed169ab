import { setTimeout as sleep } from 'node:timers/promises';
import type { CustomSendReturn } from '../shared/customsend/call.ts';
import { lookUp } from '../shared/job/look-up-key.ts';
import { createAndSend, giveAnswer } from './create-and-send.ts';
import { advance, fingerprintOf, keyOf, readDedup } from './dedup-record.ts';
import type { CallRequest, EndpointDeps } from './endpoint-deps.ts';
import { faild } from './job-answer.ts';
import { LOOK_AGAIN, mayBeSentAgain, waitForJob } from './wait-for-job.ts';

/**
 * Sends a request, unless the same one is being sent, or its outcome is unknown: then it gets that one's answer.
 *
 *   1 DEDUP(fingerprint): the sequence g, and when its answer was first given; put with g = 1 if absent
 *   2 JOB of the key asmx-fingerprint-g: free: create it, as for any other request. One conditional write decides which of several
 *     requests creates it, and nothing is sent without it
 *   3 job there: wait until no batch waits or is being sent. The request gets its answer if that is unknown, if it was never given (the
 *     sender died before), or if the request came in before it was given (or within the window after that).
 *     Else DEDUP: g+1 IF sequence = g, and back to 1
 *   4 a definite answer of the provider: DEDUP: answeredAt = now IF sequence = g and it is absent, then give it
 *
 * The job's validity ends with the request that created it. If that request dies before its call, the batch expires unsent (a waiting
 * request closes it, or the sweep). If it dies in its call, the sweep calls the batch unknown. Either way the same request finds the job,
 * and sends anew only after the first.
 */
export async function sendOnce(endpoint: EndpointDeps, request: CallRequest): Promise<CustomSendReturn> {
  const { context, rules } = endpoint;
  const { retentionDays } = rules.limits;
  const fingerprint = fingerprintOf(request.caller, request.call);
  for (let look = LOOK_AGAIN.first; ; look = Math.min(LOOK_AGAIN.longest, look * 2)) {
    const { sequence } = await readDedup(context, fingerprint, retentionDays);
    const record = { fingerprint, sequence };
    const lookup = await lookUp(context, request.caller, keyOf(record), fingerprint);
    switch (lookup.kind) {
      case 'sealed': {
        const read = await waitForJob(endpoint, lookup.job.jobId, request.deadline);
        const now = await readDedup(context, fingerprint, retentionDays);
        if (now.sequence !== sequence) break;
        if (read && !mayBeSentAgain(endpoint, request, read, now)) return giveAnswer(endpoint, record, read);
        await advance(context, fingerprint, record, retentionDays);
        break;
      }
      case 'spent':
        await advance(context, fingerprint, record, retentionDays);
        break;
      case 'free': {
        const answer = await createAndSend(endpoint, request, record, lookup.seen);
        if (answer) return answer;
        break;
      }
      default:
        if (context.now() + look > request.deadline) {
          return faild('The same request is being worked on. Send it again later: it will not be sent twice.');
        }
        await sleep(look);
    }
  }
}

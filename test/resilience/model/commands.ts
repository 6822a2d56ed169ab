import * as fc from 'fast-check';
import { cancelJob } from '../../../functions/api/cancel-job.ts';
import { createJob } from '../../../functions/api/create-job.ts';
import { settleBatches } from '../../../functions/api/settle-batches.ts';
import type { Settlement } from '../../../functions/shared/job/batch-item.ts';
import { SETTLE_AFTER } from '../../../functions/shared/job/deadlines.ts';
import { setSwitch } from '../../../functions/shared/job/switches.ts';
import { ProblemError } from '../../../functions/shared/problem/problem.ts';
import { sweep } from '../../../functions/sweep/sweep.ts';
import { triesOf } from '../../support/audit.ts';
import { phones } from '../../support/job-context.ts';
import { accepted, acceptedThenReset, type CallScript, faild, refusedThenReset, refusedWith } from '../../support/provider.ts';
import { type Interruption, startWorker } from '../../support/worker.ts';
import { apiRequest, attemptOf, dispatch, type WorkerClient } from '../../support/worker-client.ts';
import { look, type Model, phonesOfBatch, type Real, resumeStalled, type Stalled } from './model.ts';

type Command = fc.AsyncCommand<Model, Real, true>;

/** How a worker is disturbed, if it is. */
type Disturbance = (Pick<Interruption, 'at' | 'when'> & { by: 'death' | 'loss' | 'stall' }) | undefined;

/** What a person, a caller or the system does. After it everything that must always hold is looked at. */
function command(name: string, run: (model: Model, real: Real) => Promise<unknown>, check: (model: Model) => boolean = isSealed): Command {
  return {
    check: async (model) => check(model),
    async run(model, real) {
      await run(model, real);
      await look(model, real);
    },
    toString: () => name,
  };
}

const isSealed = ({ seen }: Model): boolean => seen !== undefined;
const show = (disturbance: Disturbance) => (disturbance ? `${disturbance.by} ${disturbance.when} ${disturbance.at}` : '');

/** A worker acts, undisturbed or not: it ends, it dies half-way, or it is left stalling. */
async function work(
  { system, stalled }: Real,
  disturbance: Disturbance,
  act: (worker: WorkerClient) => Promise<unknown>,
  attempt?: Stalled['attempt'],
): Promise<void> {
  if (!disturbance) return void (await act(system.rest).catch(orProblem));
  const { promise: resumed, resolve } = Promise.withResolvers<void>();
  const { at, when, by } = disturbance;
  const worker = await startWorker(system.harness, { at, when, by: by === 'stall' ? resumed : by });
  const client = system.join(worker.addresses);
  const done = act(client)
    .catch(() => undefined)
    .finally(() => client.close())
    .finally(() => worker.stop());
  if (by === 'loss') return void (await done);
  const stalls = await Promise.race([worker.interrupted.then(() => by === 'stall'), done.then(() => false)]);
  if (!stalls) return;
  const resume = () => {
    resolve();
    return done.then(() => undefined);
  };
  const inTheNet = when === 'before' && worker.requests.at(-1)?.startsWith('provider') === true;
  stalled.push({ inTheNet, attempt, resume });
}

/** What callers are told is no failure. */
function orProblem(error: unknown): void {
  if (!(error instanceof ProblemError)) throw error;
}

const json = { 'content-type': 'application/json' };

/** `POST /v1/jobs`, always with the same key and body. */
export const accept = (recipients: number, asynchronous: boolean, disturbance?: Disturbance): Command =>
  command(
    `accept(${recipients}, ${asynchronous}, ${show(disturbance)})`,
    async (model, real) => {
      model.recipients = model.recipients.length > 0 ? model.recipients : phones(recipients);
      const headers = { 'idempotency-key': 'key', ...(asynchronous && { prefer: 'respond-async' }) };
      const body = { pattern: '【签名】您好', recipients: model.recipients };
      await work(real, disturbance, (worker) => createJob(worker, apiRequest({ headers, body })), { batch: 1, try: 1 });
    },
    () => true,
  );

const SCENARIOS: Record<string, CallScript> = { accepted, faild, acceptedThenReset, refusedThenReset, notSent: refusedWith(429) };

/** Delivers one of the dispatch messages that are there. `then`: it is done with, comes again, or was never delivered at all. */
export const deliver = (which: number, scenario: string, then: 'done' | 'again' | 'lost', disturbance?: Disturbance): Command =>
  command(`deliver(${which}, ${scenario}, ${then}, ${show(disturbance)})`, async (_model, real) => {
    const { system, inbox } = real;
    inbox.push(...(await system.queue.receive()));
    const message = inbox[which % inbox.length];
    if (!message) return;
    if (then !== 'lost') {
      const attempt = attemptOf(message.Body);
      system.provider.next(SCENARIOS[scenario] as CallScript);
      await work(real, disturbance, (worker) => dispatch(worker, attempt), attempt);
      system.provider.recover();
    }
    if (then === 'again') return;
    inbox.splice(inbox.indexOf(message), 1);
    await system.queue.remove(message);
  });

/** A worker that stalled goes on: its request, its answer, or the provider's answer comes late. */
export const resume = (which: number): Command =>
  command(
    `resume(${which})`,
    async (model, real) => {
      const [one] = real.stalled.splice(which % real.stalled.length, 1);
      if (one) await resumeStalled(model, real, one);
    },
    () => true,
  );

/** Time passes, and the sweep runs. */
export const sweepAfter = (milliseconds: number, disturbance?: Disturbance): Command =>
  command(
    `sweepAfter(${milliseconds}, ${show(disturbance)})`,
    async (_model, real) => {
      real.system.pass(milliseconds);
      await work(real, disturbance, (worker) => sweep({ ...worker, report: () => undefined }, Number.POSITIVE_INFINITY));
    },
    () => true,
  );

/** A person decides on an unknown batch, as soon as that is allowed: `truth` is what the ledger says, the others are said whatever it says. */
export const settle = (which: number, says: Settlement['as'] | 'truth', disturbance?: Disturbance): Command =>
  command(`settle(${which}, ${says}, ${show(disturbance)})`, async (model, real) => {
    const unknown = model.seen?.batches.filter(({ state }) => state === 'unknown') ?? [];
    const item = unknown[which % unknown.length];
    if (!item) return;
    const { jobId, batch } = item;
    const sent = triesOf(real.system.provider.ledger, phonesOfBatch(model, batch)).includes(item.try);
    const as = says === 'truth' ? (sent ? 'accepted' : 'rejected') : says;
    const open = real.stalled.some(({ attempt, inTheNet }) => inTheNet && attempt?.batch === batch && attempt.try === item.try);
    model.decisions.set(`${batch}.${item.try}`, { as, truthful: !open && sent === (as === 'accepted') });
    real.system.pass((item.claimAt ?? 0) + SETTLE_AFTER + 1 - real.system.rest.context.now());
    const body = { as, why: 'because', batches: [{ batch, try: item.try }] };
    await work(real, disturbance, (worker) => settleBatches(worker, apiRequest({ jobId, headers: json, body })));
  });

const cancel = (disturbance?: Disturbance): Command =>
  command(`cancel(${show(disturbance)})`, async ({ seen }, real) => {
    await work(real, disturbance, (worker) => cancelJob(worker, apiRequest({ jobId: seen?.job.jobId ?? '' })));
  });

/** Stops dispatching, or starts it again. */
const pause = (paused: boolean): Command =>
  command(
    `pause(${paused})`,
    async (model, { system }) => {
      model.paused = paused;
      await setSwitch(system.rest.context, 'all', paused, 'operator', undefined);
    },
    (model) => model.paused !== paused,
  );

/** A dispatch is 14 requests; half of the disturbances are at the call and its record. */
const disturbances = fc.record({
  at: fc.oneof(fc.integer({ min: 1, max: 16 }), fc.constantFrom('provider' as const, 'record' as const)),
  when: fc.constantFrom('before' as const, 'after' as const, 'again' as const),
  by: fc.constantFrom('death' as const, 'stall' as const, 'stall' as const, 'loss' as const),
});
/** Every third is disturbed, or every eighth. */
const often = fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: disturbances });
const seldom = fc.oneof({ weight: 7, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: disturbances });
const MINUTE = 60_000;
const time = fc.constantFrom(0, 1_000, 6_000, MINUTE, 2 * MINUTE + 1_000, 2 * MINUTE + 1_000, 16 * MINUTE);
const scenario = fc.constantFrom(...Object.keys(SCENARIOS));
const which = fc.nat({ max: 5 });
const then = fc.constantFrom('done' as const, 'done' as const, 'done' as const, 'done' as const, 'again' as const, 'lost' as const);
const says = fc.constantFrom('truth' as const, 'accepted' as const, 'rejected' as const, 'resend' as const, 'resend' as const);

/** How a job begins; the same request comes again later. Two of three callers are not told to wait for the answer. */
export const acceptFirst = fc
  .tuple(fc.constantFrom(1, 3, 4, 5, 5), fc.constantFrom(true, true, false), seldom)
  .map((given) => accept(...given));

const weighted: [weight: number, command: fc.Arbitrary<Command>][] = [
  [12, fc.tuple(which, scenario, then, often).map((given) => deliver(...given))],
  [4, which.map(resume)],
  [6, fc.tuple(time, seldom).map((given) => sweepAfter(...given))],
  [5, fc.tuple(which, says, often).map((given) => settle(...given))],
  [1, seldom.map(cancel)],
  [1, fc.boolean().map(pause)],
  [1, acceptFirst],
];
export const anyCommand = weighted.flatMap(([weight, command]) => Array.from({ length: weight }, () => command));

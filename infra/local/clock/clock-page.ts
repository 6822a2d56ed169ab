import { durationMilliseconds } from '../../../functions/shared/send-request/duration.ts';
import type { Gateway } from '../api-gateway/gateway.ts';
import { type GatewayAnswer, splitTarget } from '../api-gateway/proxy-event.ts';
import { advance, type ClockContext, NeverQuiet } from './advance.ts';

const PATH = '/local/clock';
/** Twice the farthest sendTime. */
const FARTHEST = 366 * 24 * 3_600_000;

/**
 * Adds the clock to the API, on one machine only: GET tells the time, POST {"advance": "PT8H"} moves it on and answers when everything
 * that became due has been done. Calls one after the other.
 */
export function withClock(gateway: Gateway, context: ClockContext): Gateway {
  const { clock } = context;
  let last: Promise<unknown> = Promise.resolve();
  const time = () => answer(200, { now: new Date(clock.now()).toISOString(), aheadSeconds: Math.round(clock.ahead / 1000) });
  return async (request) => {
    if (splitTarget(request.target)[0] !== PATH) return gateway(request);
    if (request.method === 'GET') return time();
    if (request.method !== 'POST') return answer(405, { title: 'The clock knows GET and POST.' });
    const by = durationIn(request.body);
    if (by === undefined) {
      const detail = 'Expected {"advance": "PT8H"}: an ISO 8601 duration of days, hours, minutes and seconds, above zero, at most P366D.';
      return answer(400, { title: 'The clock was not moved', detail });
    }
    const turn = last.then(() => advance(by, context));
    last = turn.catch(() => undefined);
    try {
      await turn;
      return time();
    } catch (error) {
      if (!(error instanceof NeverQuiet)) throw error;
      const detail = `Something still runs after two minutes, and the clock waits for it. It stands at ${new Date(clock.now()).toISOString()}.`;
      return answer(503, { title: 'The clock was not moved all the way', detail });
    }
  };
}

function durationIn(body: Buffer): number | undefined {
  try {
    const { advance: text, ...more } = JSON.parse(body.toString()) as Record<string, unknown>;
    return typeof text === 'string' && Object.keys(more).length === 0 ? durationMilliseconds(text, FARTHEST) : undefined;
  } catch {
    return undefined;
  }
}

function answer(status: number, body: object): GatewayAnswer {
  const type = status === 200 ? 'application/json' : 'application/problem+json';
  return { status, headers: [['Content-Type', type]], body: Buffer.from(JSON.stringify(body)) };
}

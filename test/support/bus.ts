import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { close, listen } from './proxy.ts';

/** An event as it was put. */
export interface PutEvent {
  EventBusName: string;
  Source: string;
  DetailType: string;
  Time: number;
  Detail: string;
}

/** What the bus does with a request: takes it; refuses the entry within a 200; fails as a whole; takes it, and its answer is lost. */
export type BusScenario = 'takes' | 'refuses' | 'fails' | 'loses the answer';

/** A bus on 127.0.0.1 that does as it is told, for faults that the embedded EventBridge does not have. */
export interface ScriptedBus {
  url: string;
  /** What it took, in order. */
  events: PutEvent[];
  /** The details of these, parsed, each with the name of its event. */
  details(): ({ name: string } & Record<string, unknown>)[];
  /** What becomes of the next requests, one each; after them everything is taken. */
  next(...scenarios: BusScenario[]): void;
  recover(): void;
  stop(): Promise<void>;
}

export async function startBus(): Promise<ScriptedBus> {
  const script: BusScenario[] = [];
  const events: PutEvent[] = [];
  const server = createServer(async (request, response) => {
    // A client of a system that was stopped may repeat its request at a port that is the bus's by now.
    if (request.headers['x-amz-target'] !== 'AWSEvents.PutEvents') return response.writeHead(400).end();
    const { Entries } = (await json(request)) as { Entries: PutEvent[] };
    const scenario = script.shift() ?? 'takes';
    if (scenario === 'takes' || scenario === 'loses the answer') events.push(...Entries);
    if (scenario === 'loses the answer') return response.socket?.resetAndDestroy();
    const refused = scenario === 'refuses' ? Entries.length : 0;
    const answer = {
      FailedEntryCount: refused,
      Entries: Entries.map(() => (refused ? { ErrorCode: 'InternalFailure' } : { EventId: '1' })),
    };
    return response
      .writeHead(scenario === 'fails' ? 500 : 200, { 'Content-Type': 'application/x-amz-json-1.1' })
      .end(JSON.stringify(scenario === 'fails' ? { __type: 'InternalException' } : answer));
  });
  return {
    url: await listen(server),
    events,
    details: () => events.map(({ DetailType, Detail }) => ({ name: DetailType, ...JSON.parse(Detail) })),
    next: (...scenarios) => void script.push(...scenarios),
    recover: () => {
      script.length = 0;
    },
    stop: () => close(server),
  };
}

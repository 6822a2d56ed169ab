import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { createSdkClient } from '../sdk-client.ts';
import type { OutgoingEvent } from './details.ts';
import { SOURCE } from './event-names.ts';

/** Milliseconds. */
const REQUEST_TIMEOUT = 5_000;
/** PutEvents takes this many entries, and this many bytes of them together. */
const ENTRIES_A_REQUEST = 10;
const BYTES_A_REQUEST = 250_000;

/** The bus on which listeners hear about jobs. */
export interface Bus {
  /**
   * Puts events, as few requests as they fit into.
   * @returns the events that the bus did not take: those may or may not be on it
   */
  put(events: readonly OutgoingEvent[]): Promise<Map<OutgoingEvent, Error>>;
}

/** Opens the bus of this name. The only code that puts events. */
export function openBus(name: string, given?: EventBridgeClient): Bus {
  let made = given;
  const send = async (some: readonly Entry[], failed: Map<OutgoingEvent, Error>): Promise<void> => {
    made ??= createSdkClient(EventBridgeClient, REQUEST_TIMEOUT);
    try {
      const { Entries = [] } = await made.send(new PutEventsCommand({ Entries: some.map(({ entry }) => entry) }));
      // An answer of 200 may still refuse what is in it.
      for (const [index, { event }] of some.entries()) {
        const { EventId, ErrorCode } = Entries[index] ?? {};
        if (!EventId) failed.set(event, new Error(`The bus did not take "${event.name}": ${ErrorCode}`));
      }
    } catch (error) {
      for (const { event } of some) failed.set(event, error as Error);
    }
  };
  return {
    async put(events) {
      const failed = new Map<OutgoingEvent, Error>();
      for (const some of inRequests(events.map((event) => ({ event, entry: entryOf(name, event) })))) await send(some, failed);
      return failed;
    },
  };
}

interface Entry {
  event: OutgoingEvent;
  entry: PutEventsRequestEntry;
}

function entryOf(bus: string, { name, time, detail }: OutgoingEvent): PutEventsRequestEntry {
  return { EventBusName: bus, Source: SOURCE, DetailType: name, Time: new Date(time), Detail: JSON.stringify(detail) };
}

function* inRequests(entries: readonly Entry[]): Generator<Entry[]> {
  let some: Entry[] = [];
  let bytes = 0;
  for (const one of entries) {
    const size = Buffer.byteLength(one.entry.Detail ?? '');
    if (some.length === ENTRIES_A_REQUEST || (some.length > 0 && bytes + size > BYTES_A_REQUEST)) {
      yield some;
      [some, bytes] = [[], 0];
    }
    some.push(one);
    bytes += size;
  }
  if (some.length > 0) yield some;
}

import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { OutgoingEvent } from './details.ts';
import { SOURCE } from './names.ts';

const TIMEOUTS = { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true };

/** The bus on which others hear what became of their jobs. */
export interface Bus {
  /** @throws Error when the bus did not take the event: then it may or may not be on it */
  put(event: OutgoingEvent): Promise<void>;
}

/** Opens the bus of this name. The only code that puts events. */
export function openBus(name: string, given?: EventBridgeClient): Bus {
  let made = given;
  return {
    async put({ name: DetailType, time, detail }) {
      made ??= new EventBridgeClient({ requestHandler: TIMEOUTS, maxAttempts: 3 });
      const entry = { EventBusName: name, Source: SOURCE, DetailType, Time: new Date(time), Detail: JSON.stringify(detail) };
      const { FailedEntryCount, Entries } = await made.send(new PutEventsCommand({ Entries: [entry] }));
      // An answer of 200 may still refuse what is in it.
      if (FailedEntryCount !== 0) throw new Error(`The bus did not take "${DetailType}": ${Entries?.[0]?.ErrorCode}`);
    },
  };
}

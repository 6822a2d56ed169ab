import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { validated } from '../aws-endpoint/member-validation.ts';
import { ServiceError } from '../aws-endpoint/service-error.ts';
import { REGION } from '../cloudformation/template.ts';
import { wireTime } from './deliveries.ts';

const text = z.optional(z.string());
const entrySchema = z.object({
  /** Epoch seconds, to the end of the year 9999. */
  Time: z.optional(z.number().check(z.minimum(0), z.maximum(253_402_300_799))),
  Source: text,
  Resources: z.optional(z.array(z.string())),
  DetailType: text,
  Detail: text,
  EventBusName: text,
});
/** One event of PutEvents, as it comes. */
export type Entry = z.output<typeof entrySchema>;

/** An event as its targets get it. */
export interface Envelope {
  version: '0';
  id: string;
  'detail-type': string;
  source: string;
  account: string;
  time: string;
  region: string;
  resources: string[];
  detail: object;
}

const MOST_BYTES = 256 * 1024;
const requestSchema = z.object({
  Entries: z.array(entrySchema).check(z.minLength(1), z.maxLength(10, 'Member must have at most 10 entries')),
});

/** @throws ServiceError ValidationException for what no entry of the request survives */
export function readEntries(given: object): Entry[] {
  const { Entries } = validated(requestSchema, given);
  const bytes = Entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
  if (bytes > MOST_BYTES) throw new ServiceError('ValidationException', 'Total size of the entries in the request is over the limit.');
  return Entries;
}

/** As AWS counts an entry: 14 for its time, and the UTF-8 of the rest. */
function bytesOf({ Time, Source = '', DetailType = '', Detail = '', Resources = [] }: Entry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), Time === undefined ? 0 : 14);
}

/**
 * The event that an entry becomes.
 * @throws ServiceError with the entry's ErrorCode
 */
export function envelopeOf(entry: Entry, account: string, now: number): Envelope {
  const { Time, Resources = [] } = entry;
  const source = required(entry, 'Source');
  const detailType = required(entry, 'DetailType');
  const detail = objectIn(required(entry, 'Detail'));
  if (source.startsWith('aws.')) throw new ServiceError('NotAuthorizedForSourceException', 'Not authorized for the source.');
  if (detailType.length > 128) throw invalid('DetailType', 'it has more than 128 characters');
  const time = wireTime(Time === undefined ? now : Time * 1000);
  return { version: '0', id: randomUUID(), 'detail-type': detailType, source, account, time, region: REGION, resources: Resources, detail };
}

function required(entry: Entry, name: 'Source' | 'DetailType' | 'Detail'): string {
  const value = entry[name];
  if (!value) throw invalid(name, `${name} is a required argument`);
  return value;
}

function objectIn(detail: string): object {
  let value: unknown;
  try {
    value = JSON.parse(detail);
  } catch {}
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ServiceError('MalformedDetail', 'Detail is malformed.');
  return value;
}

function invalid(name: string, reason: string): ServiceError {
  return new ServiceError('InvalidArgument', `Parameter ${name} is not valid. Reason: ${reason}.`);
}

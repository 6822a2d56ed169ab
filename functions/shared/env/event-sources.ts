import * as z from 'zod/mini';
import { signingPrincipal } from '../caller/principal.ts';

const text = z.string().check(z.minLength(1));

/** Where events with requests to send may come from. */
export const sourcesSchema = z.array(
  z.strictObject({
    account: z.string().check(z.regex(/^\d{12}$/)),
    source: text,
    /** Who over HTTPS may read, cancel and settle what it sends, and whose uploads it may name. */
    owner: z.optional(z.pipe(text, z.transform(signingPrincipal))),
  }),
);
export type EventSources = z.output<typeof sourcesSchema>;

/** The caller of an event: the account that put it, which EventBridge vouches for, and the source that it chose. */
export function callerOf({ account, source }: { account: string; source: string }): string {
  return `event:${account}/${source}`;
}

/** The callers by event whose jobs belong to a caller over HTTPS. */
export function callersOwnedBy(sources: EventSources, owner: string): string[] {
  return sources.filter((source) => source.owner === owner).map(callerOf);
}

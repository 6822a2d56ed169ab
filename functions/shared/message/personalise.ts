import type { Problem } from '../problem/field-error.ts';
import type { Dialect } from '../settings.ts';
import { carriesDetail } from './encoded-content.ts';
import { type ParsedPattern, renderParts } from './pattern.ts';

/** What fills in the fields of a text: the provider, or this service. */
export const PERSONALISE = ['auto', 'provider', 'rendered', 'refuse'] as const;
export type Personalise = (typeof PERSONALISE)[number];

/** How a text goes out: by the provider's fields, without `text`, or finished; or why it cannot. */
export type Route = { text?: string } | { problems: Problem[] };

/** The places of a recipient's values, for problems. */
export interface DetailPlaces {
  /** Of the detail as a whole. */
  detail: string;
  field: (index: number) => string;
}

/**
 * Says how the texts of a pattern go out. `auto`: by the provider's fields, or finished where the dialect is not confirmed or cannot
 * carry the values. `provider`: by its fields, also while the dialect is not confirmed, which is how one is tried. `rendered`: all of
 * them finished. `refuse`: what `auto` would finish is refused.
 */
export function createRouter(dialect: Dialect, mode: Personalise, { fields, parts }: Pick<ParsedPattern, 'fields' | 'parts'>) {
  const trusted = dialect.confirmed || mode === 'provider';
  const hasBraces = parts.some((part) => typeof part === 'string' && /[{}]/.test(part));

  const finished = (detail: readonly string[], places: DetailPlaces): Route => {
    if (!dialect.confirmed) {
      const field = detail.findIndex((value) => /[{}]/.test(value));
      if (hasBraces || field >= 0) return { problems: [looksLikeField(field >= 0 ? places.field(field) : 'pattern')] };
    }
    return { text: renderParts(parts, detail) };
  };

  return (detail: readonly string[], places: DetailPlaces): Route => {
    if (fields === 0) return !hasBraces || trusted ? {} : { problems: [looksLikeField('pattern')] };
    if (mode === 'rendered') return finished(detail, places);
    if (!trusted) return mode === 'refuse' ? { problems: [unconfirmed()] } : finished(detail, places);
    if (carriesDetail(dialect, detail)) return {};
    return mode === 'auto' ? finished(detail, places) : { problems: uncarried(dialect, detail, places) };
  };
}

function looksLikeField(place: string): Problem {
  const detail = 'It holds a brace, which this provider may take for a field of its own: how it fills in fields is not confirmed yet.';
  return { place, code: 'looks-like-field', detail };
}

function unconfirmed(): Problem {
  const detail = 'How this provider fills in fields is not confirmed yet; personalise "auto" sends finished texts instead.';
  return { place: 'pattern', code: 'dialect-unconfirmed', detail };
}

function uncarried({ recipientSeparator, fieldSeparator }: Dialect, detail: readonly string[], places: DetailPlaces): Problem[] {
  if (detail.length === 1 && detail[0] === '') {
    return [{ place: places.detail, code: 'detail-empty', detail: 'A single empty field cannot be told from no detail at all.' }];
  }
  return detail.flatMap((value, index) => {
    const separator = [recipientSeparator, fieldSeparator].find((character) => value.includes(character));
    if (separator === undefined) return [];
    const reason = `The value contains "${separator}", which separates values on the way to the provider.`;
    return [{ place: places.field(index), code: 'separator-in-value', detail: reason }];
  });
}

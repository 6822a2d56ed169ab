import type { Problem } from '../problem/field-error.ts';
import { SIGNATURE } from './signature-rule.ts';

const SHORTEST = 2;
const LONGEST = 12;

/**
 * What the carriers may dislike about the signature 【...】 of a rendered text: there should be exactly one, of 2 to 12
 * characters. Only ever a warning, since some accounts have their signature added by the provider.
 */
export function signatureWarnings(text: string, place: string): Problem[] {
  const signatures = [...text.matchAll(SIGNATURE)];
  const [first] = signatures;
  if (first === undefined) return [{ place, code: 'signature-missing', detail: 'The text has no signature 【...】.' }];
  if (signatures.length > 1) {
    return [{ place, code: 'signature-repeated', detail: `The text has ${signatures.length} signatures 【...】; there should be one.` }];
  }
  const length = [...(first[1] ?? '')].length;
  if (length >= SHORTEST && length <= LONGEST) return [];
  return [{ place, code: 'signature-length', detail: `The signature has ${length} characters; it should have ${SHORTEST} to ${LONGEST}.` }];
}

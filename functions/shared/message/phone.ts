import { lazyRegExp } from '../lazy-reg-exp.ts';

/** Mainland mobile numbers: eleven digits, the second of them 3 to 9. */
const MOBILE = /^1[3-9]\d{9}$/;
const WITH_COUNTRY_CODE = /^(?:\+86|0086|86)?(1[3-9]\d{9})$/;

/** Blanks, dashes of every width, and the invisible marks that address books leave around a copied number. */
const decoration = lazyRegExp(String.raw`[\s\p{Pd}\u2212\p{Cf}]`, 'gu');
/** Full-width plus and digits lie at a fixed distance from their ASCII forms. */
const FULL_WIDTH = /[\uff0b\uff10-\uff19]/g;
const FULL_WIDTH_DISTANCE = 0xfee0;

/** No way of writing a number is longer; what is, is not looked at. */
const LONGEST = 64;

/** Whether the text is a mobile number in the form that the provider takes: eleven ASCII digits and nothing else. */
export function isMobilePhone(text: string): boolean {
  return MOBILE.test(text);
}

/**
 * The eleven digits of a mobile number, however it was written: with +86, 0086 or 86 in front, with blanks and hyphens,
 * in full-width characters.
 * @returns null when that leaves anything but a mobile number.
 */
export function normalisePhone(text: string): string | null {
  if (isMobilePhone(text)) return text;
  if (text.length > LONGEST) return null;
  const plain = text
    .replace(decoration(), '')
    .replace(FULL_WIDTH, (character) => String.fromCharCode(character.charCodeAt(0) - FULL_WIDTH_DISTANCE));
  return WITH_COUNTRY_CODE.exec(plain)?.[1] ?? null;
}

/** For logs and problems: `138****8000`. What is no mobile number shows nothing of itself, not even its length. */
export function maskPhone(phone: string): string {
  const digits = normalisePhone(phone);
  return digits === null ? '****' : `${digits.slice(0, 3)}****${digits.slice(-4)}`;
}

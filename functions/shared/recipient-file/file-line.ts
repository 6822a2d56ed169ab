import type { RecipientInput } from '../message/recipient-input.ts';
import type { Problem } from '../problem/field-error.ts';

/** One recipient as it stands in a file, or why it cannot be read. `number` is that of its (first) line, from 1. */
export type Line = { number: number } & ({ input: RecipientInput } | { problems: readonly Problem[] });

/** How problems name a line: `line 17`, and `line 17.phone` for what stands in it. */
export const placeOfLine = (number: number): string => `line ${number}`;

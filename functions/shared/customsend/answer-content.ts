import type { CustomSendReturn } from './call.ts';

/** What came back on the wire. */
export interface RawAnswer {
  status: number;
  contentType: string | undefined;
  body: Uint8Array;
  /** Whether the whole body came, by the framing of HTTP. */
  complete: boolean;
}

/** A fault that the SOAP standard names; `null` for any other code, and for one that cannot be read. Dots and what follows are cut. */
export type FaultCode = 'Client' | 'Server' | 'Sender' | 'Receiver' | 'VersionMismatch' | 'MustUnderstand' | 'DataEncodingUnknown';

/** What an answer's body says. */
export type AnswerContent =
  | { kind: 'root'; root: CustomSendReturn }
  | { kind: 'nil-root' }
  | { kind: 'fault'; code: FaultCode | null; text: string | null }
  /**
   * `invalid-root`: a ROOT that repeats an element or nests something inside one.
   * `readers-disagree`: well-formed for the strict reader, and something else for the second.
   */
  | { kind: 'not-decodable' | 'not-xml' | 'readers-disagree' | 'no-root' | 'invalid-root' };

/** The largest answer that is read. A real one has under 1 KB, and some 12 bytes for each wrong phone. */
export const ANSWER_BYTES_LIMIT = 1_048_576;

/**
 * The entries of SpecialJobIDs or ErrorPhones. Missing, empty, blank and a lone separator all mean none.
 */
export function splitList(text: string | null): string[] {
  if (text === null) return [];
  return text
    .split(/[;,]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

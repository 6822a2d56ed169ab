/** Text as XML character data. A carriage return is written as a reference, since a raw one is read back as a line feed. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>\r]/g, (character) => ESCAPES[character] as string);
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' };

/** A number, or .NET's English text on why the text is none. */
export type Int32 = { value: number } | { problem: string };

/** Reads an xs:int as .NET does: white space around, a sign and leading zeros are allowed, nothing else is. */
export function parseInt32(text: string): Int32 {
  if (!/^[\t-\r ]*[+-]?[0-9]+[\t-\r ]*$/.test(text)) return { problem: 'Input string was not in a correct format.' };
  const value = Number(text);
  if (value < -2_147_483_648 || value > 2_147_483_647) return { problem: 'Value was either too large or too small for an Int32.' };
  return { value: value + 0 };
}

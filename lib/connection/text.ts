/** The most characters that are repeated of a text from the network. A `kid` of WorkOS's has 44. */
const MAX_CHARACTERS = 200;

/**
 * A text that somebody else wrote, for a screen or a log: not longer than a line or two, and without
 * the characters that move a cursor or turn the direction of writing.
 */
export function shown(text: string | null): string | null {
  if (text === null) return null;
  const safe = text.slice(0, MAX_CHARACTERS).replace(/[\p{C}\u2028\u2029]/gu, '\ufffd');
  return text.length > MAX_CHARACTERS ? `${safe}\u2026` : safe;
}

export function roundedMs(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}

// What may come from a token or a server is made harmless before it reaches a terminal, and is
// wrapped by the width that it takes there.

/**
 * What a terminal acts on or does not show: control and format characters (escape sequences,
 * overrides of the direction), invisible letters, spaces other than U+0020, a mark without a letter
 * and the third mark on one (which would run over its neighbors).
 */
const UNSAFE =
  /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}|(?<!\p{L}\p{M}?)\p{M}/gu;
/** Takes two columns, by the scripts and blocks that UAX #11 calls wide. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Yi}\p{Emoji_Presentation}\u3001-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
/** Halfwidth forms, of the same scripts. */
const HALF_WIDE = /[\uff61-\uffdc]/;
const MARK = /\p{M}/u;

/** Each unsafe character as `\uXXXX`, so that JSON keeps its meaning. */
export function neutralize(text: string): string {
  return text.replaceAll(UNSAFE, escapeUnits);
}

function escapeUnits(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

/** A value on one line. */
export function inline(value: unknown): string {
  return neutralize(JSON.stringify(value) ?? String(value));
}

/** A value over several lines, which JSON readers take for the same value. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).split('\n').map(neutralize).join('\n');
}

/** The columns of a text that is neutralized. */
export function widthOf(text: string): number {
  return Array.from(text).reduce((sum, character) => sum + columnsOf(character), 0);
}

function columnsOf(character: string): number {
  if (MARK.test(character)) return 0;
  return WIDE.test(character) && !HALF_WIDE.test(character) ? 2 : 1;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** Lines of at most `width` columns. A word that is longer is broken. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((word) => pieces(word, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || widthOf(longer) <= width) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/** A word in pieces that each fit. */
function pieces(word: string, width: number): string[] {
  if (widthOf(word) <= width) return [word];
  const whole: string[] = [];
  let piece = '';
  for (const character of word) {
    if (piece !== '' && widthOf(piece + character) > width) {
      whole.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...whole, piece];
}

/** At most `length` UTF-16 units of a text. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length).toWellFormed()}...`;
}

/** `jwksCache.timeoutMs` is `--timeout-ms`. */
export function flagOf(option: string): string {
  const [name = ''] = option.split('.').slice(-1);
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `1 key`, `2 keys`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

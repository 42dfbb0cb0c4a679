// One cookie of a `Cookie` header, read as Node frameworks read it: the first of a name counts, quotes
// are dropped, and percent-encoding is decoded. A reader that took another one than the rest of the
// application does would verify one session and let the application use a second.

/** White space around a name or a value (RFC 6265, section 5.2). */
const BLANKS = Object.freeze([' ', '\t']);

/** The value of a cookie; `undefined` if the header does not have it. */
export function cookieIn(header: string, name: string): string | undefined {
  for (let start = 0; start < header.length; ) {
    const end = indexOrEnd(header, ';', start);
    const equals = header.indexOf('=', start);
    // Without a name it is no cookie of ours (RFC 6265, section 5.2).
    if (equals >= 0 && equals < end && trimmed(header, start, equals) === name)
      return decoded(unquoted(trimmed(header, equals + 1, end)));
    start = end + 1;
  }
  return undefined;
}

function indexOrEnd(text: string, character: string, start: number): number {
  const index = text.indexOf(character, start);
  return index < 0 ? text.length : index;
}

function trimmed(text: string, start: number, end: number): string {
  let first = start;
  let last = end;
  while (first < last && BLANKS.includes(text[first])) first += 1;
  while (last > first && BLANKS.includes(text[last - 1])) last -= 1;
  return text.slice(first, last);
}

function unquoted(value: string): string {
  const isQuoted = value[0] === '"' && value[value.length - 1] === '"';
  return isQuoted ? value.slice(1, -1) : value;
}

/** What can't be decoded stays as it was sent, as elsewhere: it is going to be refused. */
function decoded(value: string): string {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

// Bodies of responses, and where they end: lengths, chunks, and the end of the connection.
import {
  CHUNKED,
  type Extra,
  HOLD,
  inSomeVersions,
  lengthOf,
  message,
  OK,
  RESET,
  type Outcome,
  type Row,
  unlike,
} from './row.js';

const SAME_LENGTH = 'the same length again is that length: RFC 9112, section 6.3';
const BOTH =
  'chunks override a length, and nothing follows on the connection: RFC 9112, section 6.3';

export function bodies(text: string): Row[] {
  return [...lengths(text), ...chunks(text), ...ends(text)];
}

function lengths(text: string): Row[] {
  const size = Buffer.byteLength(text);
  const row = (name: string, lines: string[], outcome: Outcome, extra?: Extra): Row => [
    name,
    message([OK, ...lines], text),
    outcome,
    extra,
  ];
  const of = (value: string | number) => [`Content-Length: ${value}`];
  return [
    row('no length', [], 'keys'),
    row('no length, and no end', [], 'TIMEOUT', HOLD),
    row('a length that is reached without an end', of(size), 'keys', HOLD),
    row('a length that is too small', of(size - 1), 'NOT_JSON'),
    row('a length that is too great', of(size + 1), 'INTERRUPTED'),
    row('a length that is too great, and no end', of(size + 1), 'TIMEOUT', HOLD),
    row('a length of nothing', of(0), 'NOT_JSON'),
    row('no value as the length', of(''), 'NOT_HTTP'),
    row('a negative length', of(-1), 'NOT_HTTP'),
    row('a length with a plus', of(`+${size}`), 'NOT_HTTP'),
    row('a length in hexadecimal', of(`0x${size.toString(16)}`), 'NOT_HTTP'),
    row('a length with a fraction', of(`${size}.0`), 'NOT_HTTP'),
    row('a length with zeros before it', of(`000${size}`), 'keys'),
    row(
      'a length with white space around it',
      of(` ${size} `),
      'keys',
      inSomeVersions('white space around a value is none of it: RFC 9112, section 5.1'),
    ),
    row('a length of 20 digits', of('9'.repeat(20)), 'NOT_HTTP'),
    row('a length of 2 MiB', of(2 * 1_024 * 1_024), 'INTERRUPTED'),
    row('the same length twice', [...of(size), ...of(size)], 'keys', unlike(SAME_LENGTH)),
    row('the same length twice in a list', of(`${size}, ${size}`), 'keys', unlike(SAME_LENGTH)),
    row('two lengths', [...of(size), ...of(size + 1)], 'NOT_HTTP'),
    row('two lengths in a list', of(`${size}, 5`), 'NOT_HTTP'),
    row('a length in HTTP/1.1 and more behind it', [...of(size), 'X: a'], 'keys'),
  ];
}

function chunks(text: string): Row[] {
  const hex = Buffer.byteLength(text).toString(16);
  const raw = (name: string, body: string, outcome: Outcome, extra?: Extra): Row => [
    name,
    message([OK, CHUNKED], body),
    outcome,
    extra,
  ];
  const whole = `${hex}\r\n${text}\r\n0\r\n\r\n`;
  const coded = (name: string, lines: string[], outcome: Outcome, extra?: Extra): Row => [
    name,
    message([OK, ...lines], whole),
    outcome,
    extra,
  ];
  const single = [...text].map((letter) => `1\r\n${letter}\r\n`).join('');
  const halves = `${(10).toString(16)}\r\n${text.slice(0, 10)}\r\n`;
  const sized = (size: string) => `${size}\r\n${text}\r\n0\r\n\r\n`;
  return [
    raw('one chunk', whole, 'keys'),
    raw('one chunk, and no end of the connection', whole, 'keys', HOLD),
    raw('chunks of a byte', `${single}0\r\n\r\n`, 'keys'),
    raw('a size in capitals', sized(hex.toUpperCase()), 'keys'),
    raw('zeros before a size', sized(`0000${hex}`), 'keys'),
    raw(
      'white space behind a size',
      sized(`${hex}  `),
      'keys',
      unlike('a client may read such a size: nothing follows on the connection'),
    ),
    raw('an extension', sized(`${hex};a=b`), 'keys'),
    raw('an extension in quotes', sized(`${hex};a="b;c"`), 'keys'),
    raw(
      'an extension of 64,000 bytes',
      sized(`${hex};a=${'b'.repeat(64_000)}`),
      'NOT_HTTP',
      unlike(
        'extensions have a limit, against a body that is all extensions: RFC 9112, section 7.1.1',
      ),
    ),
    raw('a size that is none', sized('x'), 'NOT_HTTP'),
    raw('an empty size', sized(''), 'NOT_HTTP'),
    raw('a negative size', sized(`-${hex}`), 'NOT_HTTP'),
    raw('a size that begins with 0x', sized(`0x${hex}`), 'NOT_HTTP'),
    raw('a size of 17 digits', sized('1'.repeat(17)), 'NOT_HTTP'),
    raw('a size that is too small', `1\r\n${text}\r\n0\r\n\r\n`, 'NOT_HTTP'),
    raw('a size that is too great', sized(`f${hex}`), 'INTERRUPTED'),
    raw('no line end behind a chunk', `${hex}\r\n${text}0\r\n\r\n`, 'NOT_HTTP'),
    raw('lines that end in LF alone', `${hex}\n${text}\n0\n\n`, 'NOT_HTTP'),
    raw('no last chunk', `${hex}\r\n${text}\r\n`, 'INTERRUPTED'),
    raw('no line behind the last chunk', `${hex}\r\n${text}\r\n0\r\n`, 'INTERRUPTED'),
    raw('half of the chunks', halves, 'INTERRUPTED'),
    raw('half of the chunks, and no end', halves, 'TIMEOUT', HOLD),
    raw('no chunk but the last', '0\r\n\r\n', 'NOT_JSON'),
    raw('a trailer', `${hex}\r\n${text}\r\n0\r\nX: a\r\n\r\n`, 'keys'),
    raw('a trailer without a colon', `${hex}\r\n${text}\r\n0\r\nX\r\n\r\n`, 'NOT_HTTP'),
    coded('chunks by a name in capitals', ['Transfer-Encoding: CHUNKED'], 'keys'),
    coded('chunks and a length', [CHUNKED, `Content-Length: ${text.length}`], 'keys', unlike(BOTH)),
    coded('a length and chunks', [`Content-Length: ${text.length}`, CHUNKED], 'keys', unlike(BOTH)),
    coded('chunks twice', [CHUNKED, CHUNKED], 'keys'),
    coded('an unknown coding before the chunks', ['Transfer-Encoding: x, chunked'], 'keys'),
    coded(
      'an unknown coding behind the chunks',
      ['Transfer-Encoding: chunked, x'],
      'NOT_A_KEY_SET',
    ),
    coded('no coding by its name', ['Transfer-Encoding: identity'], 'NOT_A_KEY_SET'),
    [
      'chunks in HTTP/1.0',
      message(['HTTP/1.0 200 OK', CHUNKED], whole),
      'NOT_HTTP',
      unlike('such framing is faulty: RFC 9112, section 6.1'),
    ],
  ];
}

function ends(text: string): Row[] {
  const whole = message([OK, lengthOf(text)], text);
  const part = (count: number) => whole.subarray(0, count);
  const mark = Buffer.concat([Buffer.from('\xef\xbb\xbf', 'latin1'), Buffer.from(text)]);
  return [
    ['nothing', '', 'INTERRUPTED'],
    ['nothing but a reset', '', 'INTERRUPTED', RESET],
    ['half a status line', part(9), 'INTERRUPTED'],
    ['half a head', part(30), 'INTERRUPTED'],
    ['a head alone', message([OK, lengthOf(text)]), 'INTERRUPTED'],
    ['half a body', part(whole.length - 20), 'INTERRUPTED'],
    ['half a body, and a reset', part(whole.length - 20), 'INTERRUPTED', RESET],
    ['a second response behind it', Buffer.concat([whole, whole]), 'keys'],
    ['garbage behind it', Buffer.concat([whole, Buffer.from('\0\xff garbage')]), 'keys'],
    ['a byte order mark', message([OK, lengthOf(mark)], mark), 'keys'],
    ['white space around it', message([OK], `\r\n ${text} \n`), 'keys'],
    ['half a text whose end is the connection’s', message([OK], text.slice(0, 20)), 'NOT_JSON'],
  ];
}

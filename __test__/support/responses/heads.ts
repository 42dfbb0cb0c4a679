// Heads of responses: status lines, interim responses and headers.
import {
  type Extra,
  inSomeVersions,
  lengthOf,
  message,
  OK,
  type Outcome,
  type Row,
  unlike,
} from './row.js';

const LF_ALONE = 'a client may take LF for the end of a line: RFC 9112, section 2.2';
const NOT_ASKED_FOR = 'a client reads 1xx though it has not asked: RFC 9110, section 15.2';
const OLD_WRITING = 'a client may read it as one space or none: RFC 9112, sections 5.1 and 5.2';
const HEAD_SIZE = 'fetch has a limit of 16 KiB for a head, here it is 400 kB';

export function heads(text: string): Row[] {
  return [...statusLines(text), ...interim(text), ...headers(text)];
}

function statusLines(text: string): Row[] {
  const row = (name: string, status: string, outcome: Outcome, extra?: Extra): Row => [
    name,
    message([status, lengthOf(text)], text),
    outcome,
    extra,
  ];
  return [
    row('a status line', OK, 'keys'),
    row('HTTP/1.0', 'HTTP/1.0 200 OK', 'keys'),
    row('no reason', 'HTTP/1.1 200 ', 'keys'),
    row('no reason and no space before it', 'HTTP/1.1 200', 'keys'),
    row('a long reason', `HTTP/1.1 200 ${'x'.repeat(4_000)}`, 'keys'),
    row('a reason in Latin-1', 'HTTP/1.1 200 pr\xeat', 'keys'),
    row(
      'a control character in the reason',
      'HTTP/1.1 200 \x01',
      'NOT_HTTP',
      unlike('a reason is of visible characters: RFC 9112, section 4'),
    ),
    row('the protocol in small letters', 'http/1.1 200 OK', 'NOT_HTTP'),
    row(
      'HTTP/0.9',
      'HTTP/0.9 200 OK',
      'NOT_HTTP',
      unlike('it has no status line: RFC 1945, section 4.1'),
    ),
    row('HTTP/1.2', 'HTTP/1.2 200 OK', 'NOT_HTTP'),
    row(
      'HTTP/2.0',
      'HTTP/2.0 200 OK',
      'NOT_HTTP',
      unlike('it has no status line: RFC 9113, section 8.3.2'),
    ),
    row('HTTP/2', 'HTTP/2 200 OK', 'NOT_HTTP'),
    row('ICY', 'ICY 200 OK', 'NOT_HTTP'),
    row('two spaces before the status', 'HTTP/1.1  200 OK', 'NOT_HTTP'),
    row('a tab before the status', 'HTTP/1.1\t200 OK', 'NOT_HTTP'),
    row('a space before the line', ' HTTP/1.1 200 OK', 'NOT_HTTP'),
    row('a status of two digits', 'HTTP/1.1 20 OK', 'NOT_HTTP'),
    row('a status of four digits', 'HTTP/1.1 2000 OK', 'NOT_HTTP'),
    row('a negative status', 'HTTP/1.1 -20 OK', 'NOT_HTTP'),
    row('a status in letters', 'HTTP/1.1 two OK', 'NOT_HTTP'),
    row('a status below all others', 'HTTP/1.1 099 OK', 'NOT_HTTP'),
    row('a status above all others', 'HTTP/1.1 999 OK', 'STATUS'),
    row('a good status that is not 200', 'HTTP/1.1 203 OK', 'STATUS'),
    row('a status for a part', 'HTTP/1.1 206 OK', 'STATUS'),
    ['empty lines before it', `\r\n\r\n${message([OK, lengthOf(text)], text)}`, 'keys'],
    ['lines that end in LF alone', `${OK}\n${lengthOf(text)}\n\n${text}`, 'keys', unlike(LF_ALONE)],
    ['lines that end in CR alone', `${OK}\r${lengthOf(text)}\r\r${text}`, 'NOT_HTTP'],
    ['the body alone', text, 'NOT_HTTP'],
  ];
}

function interim(text: string): Row[] {
  const final = message([OK, lengthOf(text)], text);
  const after = (...lines: string[]) => Buffer.concat([message(lines), final]);
  const hints = message(['HTTP/1.1 103 Early Hints', 'Link: </a>; rel=preload']);
  return [
    ['100 before it', after('HTTP/1.1 100 Continue'), 'keys', unlike(NOT_ASKED_FOR)],
    [
      '100 with a header before it',
      after('HTTP/1.1 100 Continue', 'X: a'),
      'keys',
      unlike(NOT_ASKED_FOR),
    ],
    ['102 before it', after('HTTP/1.1 102 Processing'), 'keys'],
    ['103 before it', Buffer.concat([hints, final]), 'keys'],
    ['ten times 103 before it', Buffer.concat([...Array(10).fill(hints), final]), 'keys'],
    ['an unknown 199 before it', after('HTTP/1.1 199 X'), 'keys'],
    [
      '101 before it',
      after('HTTP/1.1 101 Switching Protocols', 'Upgrade: x'),
      'STATUS',
      inSomeVersions('nothing asked for another protocol: RFC 9110, section 15.2.2'),
    ],
    ['100 and nothing else', message(['HTTP/1.1 100 Continue']), 'INTERRUPTED'],
    [
      '100 with a length before it',
      after('HTTP/1.1 100 Continue', 'Content-Length: 0'),
      'keys',
      unlike(NOT_ASKED_FOR),
    ],
  ];
}

function headers(text: string): Row[] {
  const row = (name: string, header: string, outcome: Outcome, extra?: Extra): Row => [
    name,
    message([OK, header, lengthOf(text)], text),
    outcome,
    extra,
  ];
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => `X-${index}: a`).join('\r\n');
  return [
    row('a header without a value', 'X:', 'keys'),
    row('a header without a space', 'X:a', 'keys'),
    row('white space around a value', 'X: \t a \t ', 'keys'),
    row('a space before the colon', 'X : a', 'keys', inSomeVersions(OLD_WRITING)),
    row('a header without a colon', 'X', 'NOT_HTTP'),
    row(
      'a header without a name',
      ': a',
      'NOT_HTTP',
      inSomeVersions('a name is not empty: RFC 9110, section 5.1'),
    ),
    row('a bracket in a name', 'X(: a', 'NOT_HTTP'),
    row('a letter beyond ASCII in a name', 'X\xe9: a', 'NOT_HTTP'),
    row('a letter beyond ASCII in a value', 'X: \xe9', 'keys'),
    row('a null character in a value', 'X: \0', 'NOT_HTTP'),
    row('a control character in a value', 'X: \x01', 'NOT_HTTP'),
    row('a DEL in a value', 'X: \x7f', 'NOT_HTTP'),
    row('a bare CR in a value', 'X: a\rb', 'NOT_HTTP'),
    row('a bare LF between headers', 'X: a\nY: b', 'keys', unlike(LF_ALONE)),
    row('a folded value', 'X: a\r\n b', 'keys', inSomeVersions(OLD_WRITING)),
    row('a value folded with a tab', 'X: a\r\n\tb', 'keys', inSomeVersions(OLD_WRITING)),
    row('a fold before the first header', ' X: a', 'NOT_HTTP'),
    row('one header twice', 'X: a\r\nX: b', 'keys'),
    row('1,000 headers', many(1_000), 'keys'),
    row('a value of 15,000 bytes', `X: ${'a'.repeat(15_000)}`, 'keys'),
    row('a value of 17,000 bytes', `X: ${'a'.repeat(17_000)}`, 'keys', unlike(HEAD_SIZE)),
    row('a value of 100,000 bytes', `X: ${'a'.repeat(100_000)}`, 'keys', unlike(HEAD_SIZE)),
    row('a name of 10,000 bytes', `${'X'.repeat(10_000)}: a`, 'keys'),
    row('a name of 70,000 bytes', `${'X'.repeat(70_000)}: a`, 'TOO_LARGE'),
    row('the offer of an upgrade', 'Connection: upgrade\r\nUpgrade: h2c', 'keys'),
    row('both close and keep-alive', 'Connection: close, keep-alive', 'keys'),
  ];
}

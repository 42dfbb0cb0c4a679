// Codings of content: gzip, which is asked for, and others, which are not.
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import {
  CHUNKED,
  type Extra,
  lengthOf,
  message,
  OK,
  type Outcome,
  type Row,
  unlike,
} from './row.js';

const GZIP_ALONE = 'only gzip is asked for, once: the rest would be decoders to keep safe';

export function codings(text: string): Row[] {
  const row = (
    name: string,
    coding: string,
    body: Buffer,
    outcome: Outcome,
    extra?: Extra,
  ): Row => [
    name,
    message([OK, `Content-Encoding: ${coding}`, lengthOf(body)], body),
    outcome,
    extra,
  ];
  const plain = Buffer.from(text);
  const gzip = gzipSync(text);
  const wrong = Buffer.from(gzip);
  wrong.writeUInt32LE(1, gzip.length - 8);
  const halves = [text.slice(0, 10), text.slice(10)].map((half) => gzipSync(half));
  // RFC 1952, section 2.3.1: a name, an extra field and a comment in the header.
  const named = Buffer.from(gzip);
  named.writeUInt8(0b11100, 3);
  const extras = Buffer.from('\x02\0ab\x6e\0\x63\0', 'latin1');
  const decorated = Buffer.concat([named.subarray(0, 10), extras, gzip.subarray(10)]);
  return [
    row('gzip', 'gzip', gzip, 'keys'),
    row('gzip by its old name', 'x-gzip', gzip, 'keys'),
    row('gzip in capitals', 'GZIP', gzip, 'keys'),
    row('gzip of two members', 'gzip', Buffer.concat(halves), 'keys'),
    row('gzip with all that its header can hold', 'gzip', decorated, 'keys'),
    row('gzip with zeros behind it', 'gzip', Buffer.concat([gzip, Buffer.alloc(8)]), 'keys'),
    row('gzip with a word behind it', 'gzip', Buffer.concat([gzip, plain]), 'CONTENT_ENCODING'),
    row('gzip that ends too soon', 'gzip', gzip.subarray(0, -20), 'CONTENT_ENCODING'),
    row(
      'gzip without its checksum',
      'gzip',
      gzip.subarray(0, -8),
      'CONTENT_ENCODING',
      unlike('a member ends with its checksum and length: RFC 1952, section 2.3'),
    ),
    row('gzip with a wrong checksum', 'gzip', wrong, 'CONTENT_ENCODING'),
    row('gzip of nothing', 'gzip', gzipSync(''), 'NOT_JSON'),
    row('nothing as gzip', 'gzip', Buffer.alloc(0), 'NOT_JSON'),
    row('no gzip as gzip', 'gzip', plain, 'CONTENT_ENCODING'),
    row('gzip twice', 'gzip, gzip', gzipSync(gzip), 'CONTENT_ENCODING', unlike(GZIP_ALONE)),
    row('zlib', 'deflate', deflateSync(text), 'CONTENT_ENCODING', unlike(GZIP_ALONE)),
    row('bare deflate', 'deflate', deflateRawSync(text), 'CONTENT_ENCODING', unlike(GZIP_ALONE)),
    row('brotli', 'br', brotliCompressSync(text), 'CONTENT_ENCODING', unlike(GZIP_ALONE)),
    row('no coding by its name', 'identity', plain, 'keys'),
    row('a charset as the coding', 'utf-8', plain, 'keys'),
    row('no value as the coding', '', plain, 'keys'),
    row('gzip with no coding', 'identity', gzip, 'NOT_JSON'),
    [
      'gzip in two fields',
      doubled(gzip),
      'keys',
      unlike('identity is no coding that was applied: RFC 9110, section 12.5.3'),
    ],
    ['gzip in chunks', message([OK, 'Content-Encoding: gzip', CHUNKED], inChunk(gzip)), 'keys'],
  ];
}

function inChunk(body: Buffer): Buffer {
  const size = Buffer.from(`${body.length.toString(16)}\r\n`);
  return Buffer.concat([size, body, Buffer.from('\r\n0\r\n\r\n')]);
}

function doubled(gzip: Buffer): Buffer {
  const fields = ['Content-Encoding: identity', 'Content-Encoding: gzip'];
  return message([OK, ...fields, lengthOf(gzip)], gzip);
}

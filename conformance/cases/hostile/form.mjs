// @ts-nocheck: written without types.
// The compact form, base64url and JSON.
import { claims, claimsWith, KID, segment, signInput, token } from '../kit.mjs';

/** @param {{ main: any }} keys */
export function formCases({ main }) {
  const good = token(main);
  const [header, payload, signature] = good.split('.');
  const RFC7515 = 'RFC 7515, section 7.1';
  const BASE64 = 'RFC 7515, sections 2 and 5.2';
  const text = 'structure';
  const raw = (head, body) => {
    const input = `${head}.${body}`;
    return `${input}.${signInput(input, main).toString('base64url')}`;
  };
  const refuse = (id, cite, hostile, rule = text, basis = 'RFC') => ({
    id,
    rule,
    basis,
    cite,
    must: 'refuse',
    token: hostile,
  });
  return [
    { id: 'plain', rule: text, basis: 'RFC', cite: RFC7515, must: 'accept', token: good },
    refuse('empty', RFC7515, ''),
    refuse('dots-alone', RFC7515, '..'),
    refuse('two-segments', RFC7515, `${header}.${payload}`),
    refuse('four-segments', RFC7515, `${good}.${signature}`),
    refuse('five-segments', RFC7515, `${good}.${signature}.${signature}`),
    refuse('no-header', RFC7515, `.${payload}.${signature}`),
    refuse('no-payload', RFC7515, `${header}..${signature}`),
    refuse('no-signature', RFC7515, `${header}.${payload}.`),
    refuse('json-serialization', 'RFC 7519, section 3', flattened(header, payload, signature)),
    refuse('dot-encoded', BASE64, good.replace('.', '%2E')),
    refuse('line-break-in-signature', BASE64, splice(good, signature, '\n')),
    refuse('space-in-signature', BASE64, splice(good, signature, ' ')),
    refuse('space-signed', BASE64, raw(`${header.slice(0, 8)} ${header.slice(8)}`, payload)),
    refuse('line-break-signed', BASE64, raw(header, `${payload.slice(0, 8)}\n${payload.slice(8)}`)),
    refuse('zero-byte-in-signature', BASE64, splice(good, signature, '\0')),
    refuse('letter-outside-of-ascii', BASE64, splice(good, signature, 'é')),
    refuse('padded-signature', BASE64, `${good}==`),
    refuse('padding-signed', BASE64, raw(padded(header), payload)),
    refuse('other-alphabet', BASE64, otherAlphabet(main)),
    refuse('exclamation-mark-signed', BASE64, raw(`${header}!`, payload)),
    refuse('trailing-bits', 'contract, check 1', otherLastBits(good), text, 'policy'),
    refuse('too-long', 'contract, check 1', long(main), text, 'policy'),
    ...jsonCases(main, refuse),
  ];
}

function jsonCases(main, refuse) {
  const JWT = 'RFC 7519, section 7.2';
  const JWS = 'RFC 7515, section 5.2';
  const ours = 'contract, check 1';
  const json = (id, payload, cite = JWT, basis = 'RFC') =>
    refuse(id, cite, token(main, { payload }), 'JSON', basis);
  const head = (id, header, cite = JWS, basis = 'RFC') =>
    refuse(id, cite, token(main, { header }), 'JSON', basis);
  const text = JSON.stringify(claims());
  const named = JSON.stringify({ alg: 'RS256', kid: KID });
  return [
    json('payload-array', '[]'),
    json('payload-array-of-claims', JSON.stringify([claims()])),
    json('payload-string', JSON.stringify(text)),
    json('payload-number', '5'),
    json('payload-null', 'null'),
    json('payload-true', 'true'),
    json('payload-empty', '{}', ours, 'policy'),
    json('payload-cut-off', text.slice(0, -1)),
    json('payload-trailing-comma', text.replace(/\}$/, ',}')),
    json('payload-single-quotes', text.replaceAll('"', "'")),
    json('payload-comment', text.replace('{', '{/**/')),
    json('payload-garbage-behind', `${text}x`),
    json('payload-second-object', `${text}{}`),
    json('payload-nan', claimsWith('"x":NaN')),
    json('payload-leading-zero', claimsWith('"x":01')),
    json('payload-control-character', claimsWith('"x":"\u0001"')),
    json('payload-byte-order-mark', `\ufeff${text}`, ours, 'policy'),
    json('payload-not-utf8', notUtf8(claimsWith('"x":"~"')), ours, 'policy'),
    json('payload-lone-surrogate', claimsWith('"x":"\\ud800"'), ours, 'policy'),
    json('payload-1e400', claimsWith('"x":1e400'), ours, 'policy'),
    json(
      'payload-100-deep',
      claimsWith(`"x":${'['.repeat(100)}${']'.repeat(100)}`),
      ours,
      'policy',
    ),
    json('payload-twice-exp', claimsWith('"exp":9999999999', { exp: 1 }), ours, 'policy'),
    json('payload-twice-escaped', claimsWith('"\\u0061ud":"other"'), ours, 'policy'),
    json('payload-twice-nested', claimsWith('"x":{"y":1,"y":2}'), ours, 'policy'),
    head('header-array', '[]'),
    head('header-null', 'null'),
    head('header-cut-off', named.slice(0, -1)),
    head('header-trailing-comma', named.replace('}', ',}')),
    head('header-byte-order-mark', `\ufeff${named}`, ours, 'policy'),
    head('header-twice-alg', named.replace('{', '{"alg":"none",'), ours, 'policy'),
    head('header-twice-kid', named.replace('{', '{"\\u006bid":"x",'), ours, 'policy'),
  ];
}

function flattened(header, payload, signature) {
  return JSON.stringify({ protected: header, payload, signature });
}

/** In the middle of the signature. */
function splice(good, signature, what) {
  const at = good.length - signature.length / 2;
  return good.slice(0, at) + what + good.slice(at);
}

function padded(header) {
  return header.padEnd(Math.ceil((header.length + 1) / 4) * 4, '=');
}

/** A good token in standard base64: one whose signature shows the difference. */
function otherAlphabet(main) {
  for (let jti = 0; ; jti += 1) {
    const good = token(main, { payload: claims({ jti }) });
    if (/[-_]/.test(good)) return good.replaceAll('-', '+').replaceAll('_', '/');
  }
}

/** The same bytes in another spelling: 256 bytes leave four bits over in the last character. */
function otherLastBits(good) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return good.slice(0, -1) + alphabet[alphabet.indexOf(good.at(-1)) ^ 1];
}

const LONGEST_BYTES = 16_384;

function long(main) {
  return token(main, { payload: claims({ filler: segment('x'.repeat(LONGEST_BYTES)) }) });
}

function notUtf8(text) {
  const bytes = Buffer.from(text);
  bytes[bytes.indexOf('~')] = 0xff;
  return bytes;
}

// @ts-nocheck: written without types.
// What the header says: the algorithm, extensions, the type, keys that the token brings along.
import { claims, hmacToken, KID, segment, signInput, token } from '../kit.mjs';

/** @param {{ main: any, attacker: any }} keys */
export function headerCases({ main, attacker }) {
  const header = (members) => token(main, { header: members });
  const of =
    (rule, must) =>
    (id, cite, hostile, basis = 'RFC') => ({
      id,
      rule,
      basis,
      cite,
      must,
      token: hostile,
    });
  return [
    ...algorithmCases(main, of('algorithm', 'refuse')),
    ...extensionCases(main, header, of('header', 'refuse')),
    ...acceptedCases(header, attacker, of('header', 'accept')),
    ...foreignKeyCases(attacker, of('signature', 'refuse')),
  ];
}

function algorithmCases(main, refuse) {
  const [, payload, signature] = token(main).split('.');
  const NONE = 'RFC 8725, section 3.2';
  const ALLOWED = 'RFC 8725, section 3.1';
  const NAME = 'RFC 7515, section 4.1.1';
  const unsigned = (alg, end = '') => `${segment({ alg, kid: KID })}.${payload}.${end}`;
  const signed = (alg) => token(main, { header: { alg } });
  const pem = main.publicKey.export({ type: 'spki', format: 'pem' });
  const secrets = {
    pem,
    'pem-trimmed': pem.trim(),
    'pkcs1-pem': main.publicKey.export({ type: 'pkcs1', format: 'pem' }),
    der: main.publicKey.export({ type: 'spki', format: 'der' }),
    jwk: JSON.stringify(main.jwk),
    modulus: Buffer.from(main.jwk.n, 'base64url'),
    nothing: '',
  };
  return [
    ...['none', 'None', 'NONE', 'nOnE'].map((alg) =>
      refuse(`unsigned-${alg}`, NONE, unsigned(alg)),
    ),
    refuse('none-with-signature', NONE, unsigned('none', signature)),
    refuse('none-signed', NONE, signed('none')),
    ...Object.entries(secrets).map(([name, secret]) =>
      refuse(`hmac-${name}`, ALLOWED, hmacToken(secret)),
    ),
    refuse('hmac-named-rs256', ALLOWED, hmacToken(pem, { alg: 'RS256', kid: KID })),
    ...['RS384', 'RS512', 'PS256', 'PS384'].map((alg) =>
      refuse(`not-allowed-${alg}`, ALLOWED, token(main, { alg })),
    ),
    refuse('small-letters', NAME, signed('rs256')),
    refuse('space-behind-name', NAME, signed('RS256 ')),
    refuse('no-alg', NAME, token(main, { header: { alg: undefined } })),
    refuse('alg-null', NAME, signed(null)),
    refuse('alg-number', NAME, signed(256)),
    refuse('alg-array', NAME, signed(['RS256'])),
    refuse('alg-empty', NAME, signed('')),
  ];
}

function extensionCases(main, header, refuse) {
  const CRIT = 'RFC 7515, section 4.1.11';
  const ours = 'contract, check 2';
  return [
    refuse('crit-unknown', CRIT, header({ crit: ['x-unknown'], 'x-unknown': 1 })),
    refuse(
      'crit-url',
      CRIT,
      header({ crit: ['https://example.com/x'], 'https://example.com/x': 1 }),
    ),
    refuse('crit-absent-member', CRIT, header({ crit: ['x-unknown'] })),
    refuse('crit-registered', CRIT, header({ crit: ['alg'] })),
    refuse('crit-empty', CRIT, header({ crit: [] })),
    refuse('crit-string', CRIT, header({ crit: 'exp' })),
    refuse('crit-null', CRIT, header({ crit: null })),
    refuse('crit-object', CRIT, header({ crit: {} })),
    refuse('crit-number-in-it', CRIT, header({ crit: [1] })),
    refuse('unencoded-payload', 'RFC 7797, section 7', unencoded(main)),
    refuse('b64-false-alone', ours, header({ b64: false }), 'policy'),
    refuse('b64-string', ours, header({ b64: 'false' }), 'policy'),
    refuse('typ-logout', ours, header({ typ: 'logout+jwt' }), 'policy'),
    refuse('typ-dpop', ours, header({ typ: 'dpop+jwt' }), 'policy'),
    refuse('typ-number', ours, header({ typ: 1 }), 'policy'),
    refuse('no-kid', ours, header({ kid: undefined }), 'policy'),
    refuse('kid-number', ours, header({ kid: 1 }), 'policy'),
    refuse('kid-array', ours, header({ kid: [KID] }), 'policy'),
  ];
}

function acceptedCases(header, attacker, accept) {
  const TYPE = 'RFC 7515, section 4.1.9';
  const IGNORED = 'RFC 7515, section 4';
  return [
    accept('typ-jwt', TYPE, header({ typ: 'JWT' })),
    accept('typ-small-letters', TYPE, header({ typ: 'jwt' })),
    accept('typ-at-jwt', 'RFC 9068, section 4', header({ typ: 'at+jwt' })),
    accept('typ-application-at-jwt', 'RFC 9068, section 4', header({ typ: 'application/at+jwt' })),
    accept('unknown-members', IGNORED, header({ nonce: 'x', 'https://example.com/x': { y: [1] } })),
    accept(
      'white-space-in-json',
      'RFC 8259, section 2',
      header(`\n{ "kid" : "${KID}" ,\t"alg":"RS256" }\r\n`),
    ),
    accept('escaped-kid', 'RFC 8259, section 7', header(escaped())),
    accept('good-with-foreign-jwk', 'contract, check 2', header({ jwk: attacker.jwk }), 'policy'),
    accept(
      'good-with-foreign-jku',
      'contract, check 2',
      header({ jku: 'https://localhost:1/' }),
      'policy',
    ),
  ];
}

/** Keys that a token brings along must not count. */
function foreignKeyCases(attacker, refuse) {
  const TRUST = 'RFC 8725, section 3.8';
  const der = attacker.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const members = {
    jwk: { jwk: attacker.jwk },
    'jwk-and-no-kid': { jwk: attacker.jwk, kid: undefined },
    'jwk-and-other-kid': { jwk: { ...attacker.jwk, kid: 'own' }, kid: 'own' },
    x5c: { x5c: [der] },
    'x5c-and-no-kid': { x5c: [der], kid: undefined },
    'kid-path': { kid: '../../../../dev/null' },
    'kid-query': { kid: "' UNION SELECT 'key" },
    'kid-proto': { kid: '__proto__' },
    'kid-constructor': { kid: 'constructor' },
    'kid-empty': { kid: '' },
  };
  return Object.entries(members).map(([name, header]) =>
    refuse(`foreign-${name}`, TRUST, token(attacker, { header })),
  );
}

function unencoded(main) {
  const header = segment({ alg: 'RS256', kid: KID, b64: false, crit: ['b64'] });
  const payload = JSON.stringify(claims());
  const signature = signInput(`${header}.${payload}`, main).toString('base64url');
  return `${header}.${segment(payload)}.${signature}`;
}

function escaped() {
  const letter = KID.charCodeAt(0).toString(16).padStart(4, '0');
  return `{"alg":"RS256","kid":"\\u${letter}${KID.slice(1)}"}`;
}

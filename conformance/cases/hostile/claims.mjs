// @ts-nocheck: written without types.
// What a token says, under a good signature.
import { AUDIENCE, claims, claimsWith, ISSUER, now, token } from '../kit.mjs';

const HOUR_SECONDS = 3_600;
const WRONG_TYPES = {
  string: '9999999999',
  null: null,
  true: true,
  array: [9_999_999_999],
  object: {},
};

/** @param {{ main: any }} keys */
export function claimCases({ main }) {
  const of =
    (rule) =>
    (must, id, cite, payload, basis = 'RFC') => ({
      id,
      rule,
      basis,
      cite,
      must,
      token: token(main, { payload }),
    });
  return [
    ...timeCases(of('times')),
    ...issuerCases(of('issuer')),
    ...audienceCases(of('audience')),
    ...otherCases(of('claims')),
  ];
}

function timeCases(time) {
  const EXP = 'RFC 7519, section 4.1.4';
  const NBF = 'RFC 7519, section 4.1.5';
  const ours = 'contract, check 5';
  const future = now() + HOUR_SECONDS;
  const typed = (claim, cite, basis) =>
    Object.entries(WRONG_TYPES).map(([type, value]) =>
      time('refuse', `${claim}-${type}`, cite, claims({ [claim]: value }), basis),
    );
  return [
    time('refuse', 'expired', EXP, claims({ exp: now() - HOUR_SECONDS })),
    time('refuse', 'expired-a-minute-ago', EXP, claims({ exp: now() - 60 })),
    time('refuse', 'expired-zero', EXP, claims({ exp: 0 })),
    time('refuse', 'expired-negative', EXP, claims({ exp: -1 })),
    time('refuse', 'expired-fraction', EXP, claims({ exp: 0.5 })),
    time('refuse', 'exp-missing', ours, claims({ exp: undefined }), 'policy'),
    ...typed('exp', EXP),
    time('refuse', 'not-yet-valid', NBF, claims({ nbf: future })),
    time('refuse', 'not-yet-valid-in-a-minute', NBF, claims({ nbf: now() + 60 })),
    ...typed('nbf', NBF),
    ...typed('iat', ours, 'policy'),
    time('accept', 'exp-fraction', 'RFC 7519, section 2', claims({ exp: future + 0.5 })),
    time(
      'accept',
      'exp-exponent',
      'RFC 8259, section 6',
      claimsWith('"exp":9.9e9', { exp: undefined }),
    ),
    time('accept', 'nbf-past', NBF, claims({ nbf: now() - HOUR_SECONDS })),
    time('accept', 'clock-tolerance', ours, claims({ nbf: now() + 3 }), 'policy'),
    time('accept', 'iat-in-future', ours, claims({ iat: future }), 'policy'),
  ];
}

function issuerCases(issuer) {
  const ISS = 'RFC 8725, section 3.8';
  const changed = {
    other: 'https://issuer.example',
    'slash-behind': `${ISSUER}/`,
    'in-capitals': ISSUER.toUpperCase(),
    prefix: ISSUER.slice(0, -1),
    longer: `${ISSUER}x`,
    'space-behind': `${ISSUER} `,
    'other-scheme': ISSUER.replace('https', 'http'),
    'other-letter': ISSUER.replace('api', 'аpi'),
    array: [ISSUER],
    object: { 0: ISSUER },
    empty: '',
  };
  return [
    ...Object.entries(changed).map(([name, iss]) =>
      issuer('refuse', `iss-${name}`, ISS, claims({ iss })),
    ),
    issuer('refuse', 'iss-missing', 'contract, check 5', claims({ iss: undefined }), 'policy'),
  ];
}

function audienceCases(audience) {
  const AUD = 'RFC 7519, section 4.1.3';
  const ours = 'contract, check 5';
  const changed = {
    other: 'client_other',
    others: ['client_other', 'client_third'],
    'in-capitals': AUDIENCE.toUpperCase(),
    prefix: AUDIENCE.slice(0, -1),
    longer: `${AUDIENCE}x`,
    'comma-separated': `${AUDIENCE},client_other`,
    'space-separated': `${AUDIENCE} client_other`,
    'empty-array': [],
    'nested-array': [[AUDIENCE]],
    object: { 0: AUDIENCE, length: 1 },
    number: 1,
    true: true,
  };
  const aud = (name, value, basis, cite = AUD) =>
    audience('refuse', `aud-${name}`, cite, claims({ aud: value }), basis);
  return [
    ...Object.entries(changed).map(([name, value]) => aud(name, value)),
    aud('missing', undefined, 'policy', ours),
    aud('null', null, 'policy', ours),
    aud('number-beside', [AUDIENCE, 1], 'policy', ours),
    audience('accept', 'aud-array', AUD, claims({ aud: [AUDIENCE] })),
    audience('accept', 'aud-one-of-many', AUD, claims({ aud: ['client_other', AUDIENCE] })),
  ];
}

function otherCases(other) {
  const IGNORED = 'RFC 7519, section 4';
  const ours = 'contract, check 5';
  const subjects = { missing: undefined, empty: '', number: 1, null: null, array: ['user_1'] };
  return [
    ...Object.entries(subjects).map(([name, sub]) =>
      other('refuse', `sub-${name}`, ours, claims({ sub }), 'policy'),
    ),
    other('refuse', 'sub-of-a-machine', ours, claims({ sub: 'client_01' }), 'policy'),
    other(
      'accept',
      'unknown-claims',
      IGNORED,
      claims({ plan: 'pro', nested: { deep: [1, null] } }),
    ),
    other('accept', 'claim-named-proto', IGNORED, claimsWith('"__proto__":{"admin":true}')),
    other('accept', 'claim-in-unicode', IGNORED, claims({ name: 'Zoë 😀 \u2028' })),
    other('accept', 'claim-of-4-kb', IGNORED, claims({ filler: 'x'.repeat(4_096) })),
  ];
}

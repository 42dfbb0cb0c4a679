// @ts-nocheck: written without types.
// The vectors of other projects (`__test__/vectors`) whose verdict is fixed.
import { createSign } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { newKey, now, segment } from './kit.mjs';

const folder = new URL('../../__test__/vectors/', import.meta.url);
/** What an issuer is compared with if the token has none that is a string. */
const NO_ISSUER = 'https://no-issuer.invalid';
/** How the classes of the vectors are summed up. */
const RULES = {
  structure: /^(structure|base64url|attack-literal|fuzz-seed|size|valid)$/,
  JSON: /^json$/,
  header: /^(crit|b64|typ|header-type|kid)$/,
  algorithm: /^(algorithm|none|hmac)$/,
  signature: /^(signature|header-jwk)$/,
  keys: /^(jwks?-|key)/,
  times: /^(exp|nbf|iat)/,
  issuer: /^issuer$/,
  audience: /^audience$/,
  claims: /^claims/,
};

/** `{ cases, leftOut }`: those that count, and how many do not, by reason. */
export function vectorCases() {
  const leftOut = { choice: 0, contract: 0, options: 0 };
  const exceptions = new Map(
    read('exceptions.json')
      .filter(({ tokens }) => tokens !== 'completed')
      .flatMap(({ cases, outcome }) => cases.map((id) => [id, outcome])),
  );
  const cases = all().flatMap((vector) => {
    const reason = whyLeftOut(vector, exceptions.get(vector.id));
    if (reason === undefined) return [toCase(vector)];
    leftOut[reason] += 1;
    return [];
  });
  return { cases, leftOut };
}

function all() {
  const files = readdirSync(folder).filter((name) => name.startsWith('jwt-'));
  return [...files.sort().flatMap(read), ...signed(read('time-specs.json'))];
}

/**
 * A verdict that its source only proposes; a good token that the contract refuses for a reason that no
 * RFC gives, such as a missing `sub`; options that the contract does not allow.
 */
function whyLeftOut({ strength, expect }, exception) {
  if (strength === 'choice') return 'choice';
  if (exception === 'INVALID_OPTIONS') return 'options';
  if (exception === undefined) return undefined;
  return (exception === 'accept') === (expect === 'accept') ? undefined : 'contract';
}

function toCase({
  id,
  class: kind,
  token,
  jwks,
  jwks_text: text,
  options,
  now,
  expect,
  strength,
  source,
}) {
  const { issuer = ownIssuer(token), audience = null } = options;
  const { algorithms = ['RS256'], clockTolerance = 0 } = options;
  return {
    id,
    group: 'vectors',
    rule: Object.keys(RULES).find((rule) => RULES[rule].test(kind)) ?? fail(kind),
    basis: strength === 'must' ? 'RFC' : 'policy',
    cite: source,
    must: expect === 'accept' ? 'accept' : 'refuse',
    token,
    keySet: text ?? JSON.stringify(jwks),
    options: { issuer, audience, algorithms, clockTolerance },
    ...(now !== undefined && { now }),
  };
}

function ownIssuer(token) {
  try {
    const { iss } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url'));
    return typeof iss === 'string' && iss !== '' ? iss : NO_ISSUER;
  } catch {
    return NO_ISSUER;
  }
}

/** The specs as vectors: signed now, by a key of their own. */
function signed(specs) {
  const { privateKey, jwk } = newKey({ kid: 'time' });
  const header = segment({ alg: 'RS256', kid: 'time' });
  const time = now();
  return specs.map(({ payload, ...spec }) => {
    const claims = payload.replace(
      /\{\{now([+-]\d+)?\}\}/g,
      (_, offset) => `${time + Number(offset ?? 0)}`,
    );
    const input = `${header}.${segment(claims)}`;
    const signature = createSign('sha256').update(input).sign(privateKey).toString('base64url');
    return { ...spec, now: time, token: `${input}.${signature}`, jwks: { keys: [jwk] } };
  });
}

function read(name) {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
}

function fail(kind) {
  throw new Error(`no rule sums up the class ${kind}`);
}

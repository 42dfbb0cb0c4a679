// Who takes part, in the order of the tables. Each has a file in contenders/ whose `create(input)`
// gives a function that accepts a good token and throws or rejects on any other.

/**
 * @typedef {object} Contender
 * @property {string} id the name of its file
 * @property {string} name as the tables show it
 * @property {'ours' | 'library' | 'bare' | 'floor'} kind
 * @property {boolean} fetches whether it gets its keys from the key server
 */

/** @type {readonly Contender[]} */
export const CONTENDERS = [
  { id: 'verifier', name: 'verify-workos-token', kind: 'ours', fetches: true },
  {
    id: 'verify-function',
    name: 'verify-workos-token, options each call',
    kind: 'ours',
    fetches: true,
  },
  { id: 'jose', name: 'jose', kind: 'library', fetches: true },
  { id: 'workos-node', name: '@workos-inc/node', kind: 'library', fetches: true },
  { id: 'aws-jwt-verify', name: 'aws-jwt-verify', kind: 'library', fetches: true },
  { id: 'fast-jwt', name: 'fast-jwt', kind: 'library', fetches: false },
  { id: 'fast-jwt-cache', name: 'fast-jwt with its cache', kind: 'library', fetches: false },
  { id: 'jsonwebtoken', name: 'jsonwebtoken', kind: 'library', fetches: false },
  { id: 'jwks-rsa', name: 'jsonwebtoken + jwks-rsa', kind: 'library', fetches: true },
  {
    id: 'express-oauth2-jwt-bearer',
    name: 'express-oauth2-jwt-bearer',
    kind: 'library',
    fetches: true,
  },
  { id: 'crypto-verify', name: 'crypto.verify alone', kind: 'bare', fetches: false },
];

/** The signature check in Rust: a program of its own, not a file in contenders/. */
export const AWS_LC = { id: 'aws-lc', name: 'aws-lc alone, in Rust', kind: 'bare', fetches: false };

/** What a cold start over TLS is measured against. */
export const HTTPS_GET = {
  id: 'https-get',
  name: 'https.get of the key set',
  kind: 'floor',
  fetches: true,
};

/** What a cold start is measured against. */
export const FLOORS = [
  { id: 'http-get', name: 'http.get of the key set', kind: 'floor', fetches: true },
  { id: 'nothing', name: 'a process that does nothing', kind: 'floor', fetches: false },
];

/**
 * The other rows of the Express and refresh tables bear the names of their variants.
 *
 * @param {string} id
 */
export function nameOf(id) {
  const all = [...CONTENDERS, AWS_LC, HTTPS_GET, ...FLOORS];
  return all.find((contender) => contender.id === id)?.name ?? id;
}

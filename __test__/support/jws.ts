import { type KeyObject, sign } from 'node:crypto';
import { newKeyPair } from './key-pair.js';

export const CLIENT_ID = 'client_test';
export const ISSUER = `https://api.workos.com/user_management/${CLIENT_ID}`;

/** A segment before its encoding: bytes or a text as they are, anything else as JSON. */
export type Part = string | Uint8Array | object;

/** A `type`: an interface would not fit the index signature of the package's own. */
export type PublicJwk = {
  readonly kty: string;
  readonly kid: string;
  readonly alg: string;
  readonly use: string;
  readonly n: string;
  readonly e: string;
};

export interface Signer {
  readonly kid: string;
  readonly jwk: PublicJwk;
  readonly jwks: { readonly keys: PublicJwk[] };
  /** Options under which a token of the default claims is good, without any network. */
  readonly options: { readonly clientId: string; readonly jwks: { readonly keys: PublicJwk[] } };
  /** Signs whatever it is given with RS256: neither part needs to be JSON. */
  sign(payload?: Part, header?: Part): string;
}

/** A key whose tokens may be of any form, which no sensible issuer would sign. */
export function createSigner(kid = 'key_1'): Signer {
  const { publicKey, privateKey } = newKeyPair('rsa');
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  const jwk = { kty: 'RSA', kid, alg: 'RS256', use: 'sig', n, e };
  const jwks = { keys: [jwk] };
  return {
    kid,
    jwk,
    jwks,
    options: { clientId: CLIENT_ID, jwks },
    sign: (payload = claims(), header = { alg: 'RS256', kid }) =>
      compact(header, payload, privateKey),
  };
}

/** The claims of a good token, with these changes; `undefined` takes a claim out. */
export function claims(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: ISSUER,
    aud: CLIENT_ID,
    sub: 'user_1',
    sid: 'session_1',
    iat: now,
    exp: now + 300,
    ...changes,
  };
}

/** A token that nobody has signed. */
export function forge(kid: string, changes: Record<string, unknown> = {}): string {
  const signature = Buffer.alloc(256, 1).toString('base64url');
  return `${segment({ alg: 'RS256', kid })}.${segment(claims(changes))}.${signature}`;
}

function compact(header: Part, payload: Part, key: KeyObject): string {
  const input = `${segment(header)}.${segment(payload)}`;
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}

export function segment(part: Part): string {
  const isRaw = typeof part === 'string' || part instanceof Uint8Array;
  return Buffer.from(isRaw ? part : JSON.stringify(part)).toString('base64url');
}

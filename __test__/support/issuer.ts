// Issuers of `verify-workos-token/testing`, and a look into what they sign and serve.
import { constants, createPublicKey, verify } from 'node:crypto';
import {
  createTestIssuer,
  type TestAlgorithm,
  type TestIssuer,
  type TestIssuerOptions,
  type TestJwk,
} from 'verify-workos-token/testing';
import { expect, vi } from 'vitest';

export const ULID = '01[0-9A-HJKMNP-TV-Z]{24}';
export const KID = new RegExp(`^sso_oidc_key_pair_${ULID}$`);

const opened: TestIssuer[] = [];

/** An issuer that is closed after the test, whatever the test does. */
export function newIssuer(options?: TestIssuerOptions): TestIssuer {
  const issuer = createTestIssuer(options);
  opened.push(issuer);
  return issuer;
}

export async function listeningIssuer(
  options?: TestIssuerOptions,
): Promise<TestIssuer & { readonly jwksUrl: string }> {
  const issuer = newIssuer(options);
  await issuer.listen();
  return issuer as TestIssuer & { readonly jwksUrl: string };
}

export function urlOf(issuer: TestIssuer): string {
  return issuer.jwksUrl ?? expect.unreachable('the issuer listens');
}

export function publishedKey(issuer: TestIssuer, index = 0): TestJwk {
  return issuer.jwks.keys[index] ?? expect.unreachable('the key is in the set');
}

/** For `afterEach`. */
export async function closeIssuers(): Promise<void> {
  vi.useRealTimers();
  await Promise.all(opened.splice(0).map((issuer) => issuer.close()));
}

export function decode(token: string) {
  const [header, payload, signature] = token.split('.') as [string, string, string];
  const json = (segment: string) =>
    JSON.parse(Buffer.from(segment, 'base64url').toString()) as Record<string, unknown>;
  return {
    header: json(header),
    claims: json(payload),
    signature: Buffer.from(signature, 'base64url'),
    signingInput: Buffer.from(`${header}.${payload}`),
  };
}

const pss = {
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
};
const p1363 = { dsaEncoding: 'ieee-p1363' } as const;
export const ALGORITHMS: [
  TestAlgorithm,
  digest: string | null,
  parameters: object,
  signatureBytes: number,
][] = [
  ['RS256', 'sha256', {}, 256],
  ['RS384', 'sha384', {}, 256],
  ['RS512', 'sha512', {}, 256],
  ['PS256', 'sha256', pss, 256],
  ['PS384', 'sha384', pss, 256],
  ['PS512', 'sha512', pss, 256],
  ['ES256', 'sha256', p1363, 64],
  ['ES384', 'sha384', p1363, 96],
  ['EdDSA', null, {}, 64],
];

/**
 * Whether the signature is good under the key of the set that the token's `kid` names; `null` when
 * there is none.
 */
export function signatureIsGood(token: string, issuer: TestIssuer): boolean | null {
  const { header, signature, signingInput } = decode(token);
  const jwk = issuer.jwks.keys.find((key) => key.kid === header.kid);
  if (jwk === undefined) return null;
  const [, digest = null, parameters] = ALGORITHMS.find(([name]) => name === jwk.alg) ?? [];
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  return verify(digest, signingInput, { key, ...parameters }, signature);
}

export async function fetchOutcome(url: string, timeoutMs = 5000) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: await response.text(),
    };
  } catch (error) {
    const { name, cause } = error as { name: string; cause?: { code?: string } };
    return { failure: cause?.code ?? name };
  }
}

export const requestsArrive = (issuer: TestIssuer, count: number) =>
  vi.waitFor(() => expect(issuer.requests()).toBe(count), { timeout: 5000, interval: 10 });

export async function fetchJson(url: string | URL): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
  return JSON.parse(await response.text());
}

export function catchError(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

import { expect } from 'vitest';
import {
  createWorkosVerifier,
  verifyWorkosToken,
  type WorkosTokenError,
  type WorkosTokenOptions,
} from 'verify-workos-token';
import { CLIENT_ID, createSigner, ISSUER } from './jws.js';
import { refusal, refusalSync } from './refusal.js';

/** Part of every value that an error must not repeat. */
export const MARK = 'SECRET';

export const signer = createSigner();
export const token = signer.sign();

/** Options under which `token` is good. */
export const GOOD: WorkosTokenOptions = { clientId: CLIENT_ID, jwks: signer.jwks };

export const URL_OPTIONS = { clientId: CLIENT_ID, jwksUrl: 'https://keys.example/jwks' };

/** Options of whicheach has a value to be read; `jwks` stands apart, since it excludes `jwksUrl`. */
export const FULL: Record<string, unknown> = {
  ...URL_OPTIONS,
  audience: [CLIENT_ID],
  issuer: [ISSUER],
  allowInsecureJwksUrl: false,
  apiUrl: 'https://api.workos.com',
  workos: { clientId: CLIENT_ID, baseURL: 'https://api.workos.com' },
  algorithms: ['RS256'],
  clockToleranceSeconds: 5,
  organizationId: ['org_1'],
  permissions: ['a'],
  roles: ['admin'],
  entitlements: ['audit-log'],
  featureFlags: ['beta'],
  maxAuthAgeSeconds: 3_600,
  impersonation: 'allow',
  now: 5,
  cookiePassword: ['a cookie password of 36 characters!!'],
  verifiedTokenCache: true,
  jwksCache: { maxAgeSeconds: 60 },
};

const { apiUrl: _, workos: __, cookiePassword: ___, ...shared } = FULL;
/** The options that only `profile: 'connect'` has. */
const CONNECT_ONLY = {
  profile: 'connect',
  authkitDomain: 'acme.authkit.app',
  resource: 'https://mcp.acme.example/mcp',
  subjects: ['user'],
  scopes: ['a'],
};
export const CONNECT_NAMES: readonly string[] = Object.keys(CONNECT_ONLY);
/** The same for that profile. */
export const FULL_CONNECT: Record<string, unknown> = { ...shared, ...CONNECT_ONLY };

/** `FULL`, or `FULL_CONNECT` if this option is in that alone. */
export const fullWith = (name: string): Record<string, unknown> =>
  CONNECT_NAMES.includes(name) ? FULL_CONNECT : FULL;

/** What options are refused with by both functions that take them. */
export async function optionsRefusal(options: unknown): Promise<WorkosTokenError> {
  const given = options as WorkosTokenOptions;
  const thrown = refusalSync(() => createWorkosVerifier(given));
  const rejected = await refusal(() => verifyWorkosToken(token, given));
  expect(rejected.message).toBe(thrown.message);
  expect([thrown.code, rejected.code]).toEqual(['INVALID_OPTIONS', 'INVALID_OPTIONS']);
  return thrown;
}

/** Both functions take the options; nothing is fetched for it. */
export function isAccepted(options: unknown): void {
  expect(createWorkosVerifier(options as WorkosTokenOptions)).toHaveProperty('verify');
}

// Tokens of WorkOS Connect, and options under which they are good.
import type { WorkosTokenOptions } from 'verify-workos-token';

export const DOMAIN = 'https://acme.authkit.app';
export const RESOURCE = 'https://mcp.acme.example/mcp';

/** Without keys. */
export const CONNECT = {
  profile: 'connect',
  authkitDomain: 'acme.authkit.app',
  resource: RESOURCE,
} as const satisfies WorkosTokenOptions;

/** The claims of a good token, with these changes; `undefined` takes a claim out. */
export function connectClaims(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: DOMAIN,
    aud: RESOURCE,
    sub: 'user_1',
    sid: 'app_consent_1',
    client_id: 'client_app',
    scope: 'openid posts:read',
    iat: now,
    exp: now + 300,
    ...changes,
  };
}

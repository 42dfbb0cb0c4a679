// The token of another issuer, or of another kind.
import { WorkOS } from '@workos-inc/node';
import { createEmulator } from 'workos/emulate';
import { CLIENT_ID, ISSUER, segment } from '../../support/jws.js';
import {
  type Attempt,
  claims,
  foreign,
  forge,
  headed,
  passed,
  production,
  type Scenario,
  signed,
  type World,
} from './world.js';

const CUSTOM = `https://auth.acme.example/user_management/${CLIENT_ID}`;
const AUTHKIT = 'https://acme.authkit.app';

type Row = [mistake: string, cause: string, attempt: () => Attempt | Promise<Attempt>];

const FOREIGN: Row[] = [
  ['a token of Staging in Production', 'other-environment', () => foreign({ iss: other() })],
  [
    'one of a custom domain’s other client',
    'other-environment',
    () => foreign({ iss: other(CUSTOM) }),
  ],
  ['one of another application', 'other-client-same-environment', () => signed({ iss: other() })],
  ['no issuer', 'no-issuer', () => signed({ iss: undefined })],
  ['an issuer that is a number', 'no-issuer', () => foreign({ iss: 5 })],
  ['a slash at the end of the option', 'issuer-slash', () => signed({}, { issuer: `${ISSUER}/` })],
  [
    'the issuer as http',
    'issuer-spelling',
    () => signed({}, { issuer: ISSUER.replace('s:', ':') }),
  ],
  ['the issuer in capitals', 'issuer-spelling', () => signed({}, { issuer: ISSUER.toUpperCase() })],
  [
    'the key URL as the issuer',
    'issuer-is-key-url',
    () => signed({}, { issuer: `https://api.workos.com/sso/jwks/${CLIENT_ID}` }),
  ],
  ['development mode', 'development-mode', () => signed({}, { issuer: CUSTOM })],
  ['a custom domain that is not configured', 'other-domain', () => signed({ iss: CUSTOM })],
  ['an older environment', 'legacy-issuer', () => signed({ iss: 'https://api.workos.com' })],
  ['a Connect token', 'authkit-domain', () => signed({ iss: AUTHKIT })],
  [
    'a Connect token of a custom domain',
    'authkit-domain',
    () => foreign({ iss: 'https://id.acme.example', sid: 'app_consent_1' }),
  ],
  ['an MCP token with another key', 'authkit-domain', () => foreign({ iss: AUTHKIT })],
  ['an ID token of Connect', 'id-token', () => signed({ iss: AUTHKIT, nonce: 'n', at_hash: 'h' })],
  [
    'an ID token of someone else',
    'id-token',
    () => foreign({ iss: 'https://id.example', nonce: 'n' }),
  ],
  ['an issuer that nobody knows', 'other-issuer', () => foreign({ iss: 'https://id.example' })],
];

const PROVIDERS: [mistake: string, cause: string, iss: string][] = [
  ['Okta’s access token', 'okta', 'https://acme.okta.com/oauth2/default'],
  ['a token of Okta’s preview', 'okta', 'https://acme.oktapreview.com'],
  ['Entra ID’s token', 'entra-id', 'https://login.microsoftonline.com/0-0/v2.0'],
  ['Entra ID’s token of version 1', 'entra-id', 'https://sts.windows.net/0-0/'],
  ['Google’s ID token', 'google', 'https://accounts.google.com'],
  ['Google’s ID token without a scheme', 'google', 'accounts.google.com'],
  ['Auth0’s token', 'auth0', 'https://acme.eu.auth0.com/'],
  ['Cognito’s token', 'cognito', 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a1B2'],
  ['Clerk’s token in development', 'clerk', 'https://happy-cat-1.clerk.accounts.dev'],
  ['Clerk’s token', 'clerk', 'https://clerk.acme.example'],
  ['Supabase’s token', 'supabase', 'https://abcdef.supabase.co/auth/v1'],
  ['Firebase’s token', 'firebase', 'https://securetoken.google.com/acme-prod'],
];

const HEADERS: [string, string, Scenario['code'], () => Attempt][] = [
  ['Supabase’s older token', 'supabase', 'UNSUPPORTED_ALGORITHM', () => hmac('supabase')],
  ['Okta’s access token by its type', 'okta', 'MALFORMED_TOKEN', oktaAccessToken],
  ['a logout token', 'logout-token', 'MALFORMED_TOKEN', () => typed('logout+jwt')],
  ['a DPoP proof', 'dpop-proof', 'MALFORMED_TOKEN', () => typed('dpop+jwt')],
  ['a token of another type', 'other-token-type', 'MALFORMED_TOKEN', () => typed('vc+jwt')],
  ['an unsigned token', 'unsigned-token', 'UNSUPPORTED_ALGORITHM', unsigned],
  ['a homemade token', 'shared-secret', 'UNSUPPORTED_ALGORITHM', () => hmac(ISSUER)],
  ['a token of Apple', 'unsupported-algorithm', 'UNSUPPORTED_ALGORITHM', () => withAlg('ES256')],
  ['a key that was withdrawn', 'unknown-key', 'UNKNOWN_KEY', () => foreign({})],
];

export const issuers: Scenario[] = [
  ...FOREIGN.map(([mistake, cause, make]) => invalidIssuer(mistake, cause, make)),
  ...PROVIDERS.map(([mistake, cause, iss]) =>
    invalidIssuer(mistake, cause, () => foreign({ iss })),
  ),
  ...HEADERS.map(([mistake, cause, code, make]) => ({ mistake, cause, code, make })),
  invalidIssuer('an emulator’s token in production', 'emulator', emulated),
  {
    mistake: 'an emulator that was restarted with another key',
    cause: 'restarted-emulator',
    code: 'INVALID_SIGNATURE',
    make: () => passed(forge(production.kid, { iss: 'http://localhost:4100' })),
  },
];

function invalidIssuer(mistake: string, cause: string, make: Scenario['make']): Scenario {
  return { mistake, cause, code: 'INVALID_ISSUER', make };
}

function other(issuer: string = ISSUER): string {
  return issuer.replace(CLIENT_ID, 'client_other');
}

function typed(typ: string): Attempt {
  return headed({ alg: 'RS256', kid: production.kid, typ });
}

function oktaAccessToken(): Attempt {
  const iss = 'https://acme.okta.com';
  return headed({ alg: 'RS256', kid: 'okta', typ: 'application/okta-internal-at+jwt' }, { iss });
}

function withAlg(alg: string): Attempt {
  return headed({ alg, kid: production.kid });
}

function hmac(iss: string): Attempt {
  return headed({ alg: 'HS256', typ: 'JWT' }, { iss });
}

function unsigned(): Attempt {
  return passed(`${segment({ alg: 'none' })}.${segment(claims())}.`);
}

/** A user signs in at a real emulator, and the token is verified as WorkOS's. */
async function emulated(world: World): Promise<Attempt> {
  const [email, password] = ['ada@example.com', 'correct horse battery staple'];
  const seed = { users: [{ email, password, email_verified: true }] };
  const emulator = await createEmulator({ port: 0, seed });
  world.closing(() => emulator.close());
  const { hostname, port } = new URL(emulator.url);
  const address = { apiHostname: hostname, port: Number(port), https: false };
  const workos = new WorkOS(emulator.apiKey, { clientId: CLIENT_ID, ...address });
  const credentials = { clientId: CLIENT_ID, email, password };
  const { accessToken } = await workos.userManagement.authenticateWithPassword(credentials);
  const jwksUrl = `${emulator.url}/sso/jwks/${CLIENT_ID}`;
  return { token: accessToken, options: { clientId: CLIENT_ID, jwksUrl } };
}

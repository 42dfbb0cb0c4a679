// What goes wrong with the tokens of WorkOS Connect, and with the options for them.
import type { WorkosTokenOptions } from 'verify-workos-token';
import { verifyWorkosSession } from 'verify-workos-token';
import { CLIENT_ID, ISSUER } from '../../support/jws.js';
import { CONNECT, connectClaims, DOMAIN, RESOURCE } from '../../support/connect.js';
import { type Attempt, production, type Scenario, staging } from './world.js';

type Changes = Record<string, unknown>;
type Row = [mistake: string, cause: string, changes: Changes, options?: WorkosTokenOptions];

const ISSUERS: Row[] = [
  ['a session’s token at an MCP server', 'session-issuer', { iss: ISSUER }],
  ['an older session’s token there', 'session-issuer', { iss: 'https://api.workos.com' }],
  [
    'a token of Staging’s AuthKit domain',
    'other-authkit-domain',
    { iss: 'https://acme-staging.authkit.app' },
  ],
  ['a token of Staging’s custom domain', 'other-authkit-domain', { iss: 'https://id.example' }],
  ['an ID token of another domain', 'id-token', { iss: 'https://id.example', nonce: 'n' }],
];

const AUDIENCES: Row[] = [
  ['a token without an audience', 'no-connect-audience', { aud: undefined }],
  ['a resource with a slash too many', 'resource-spelling', { aud: `${RESOURCE}/` }],
  ['a resource indicator that is missing', 'no-resource-indicator', { aud: CLIENT_ID }],
  ['a machine’s token', 'machine-audience', { aud: CLIENT_ID, sub: 'client_app' }],
  ['a token that was passed on', 'other-resource', { aud: 'https://other.example/mcp' }],
  ['the client id of Staging', 'other-connect-audience', { aud: 'x' }, { audience: CLIENT_ID }],
  ['an ID token of Connect, for its application', 'id-token', { aud: 'client_app', nonce: 'n' }],
];

const SUBJECTS: Row[] = [
  ['a user at an API for machines', 'user-token', {}, { subjects: ['machine'] }],
  ['a machine at an API for users', 'machine-not-accepted', { sub: 'client_app' }],
  ['a subject of someone else’s', 'other-subject', { sub: 'auth0|1' }],
];

const CLAIMS: Row[] = [
  ['a session’s token of a custom domain', 'session-token', { sid: 'session_1' }],
  ['a token that nobody requested', 'no-client-id', { client_id: undefined }],
  ['a requester that is a number', 'requester-type', { client_id: 5 }],
  [
    'an ID token of Connect in place of the access token',
    'id-token',
    { client_id: undefined, at_hash: 'h' },
  ],
  ['a token with DPoP', 'bound-token', { cnf: { jkt: 'x' } }],
  ['scopes in an array', 'scope-type', { scope: ['posts:read'] }],
];

const OPTIONS: [mistake: string, cause: string, options: object][] = [
  ['a resource without the profile', 'connect-option', { profile: undefined }],
  [
    'scopes without the profile',
    'scopes-of-session',
    { profile: undefined, authkitDomain: undefined, resource: undefined, scopes: ['a'] },
  ],
  ['the API of sessions', 'session-option', { apiUrl: 'https://api.workos.com' }],
  ['no domain', 'authkit-domain-missing', { authkitDomain: undefined }],
  ['a client id as the domain', 'domain-of-other-kind', { authkitDomain: CLIENT_ID }],
  ['the URL of the keys as the domain', 'domain-of-other-form', { authkitDomain: `${DOMAIN}/x` }],
  ['no resource', 'resource-missing', { resource: undefined }],
  ['a path as the resource', 'resource-of-other-form', { resource: '/mcp' }],
  ['unset scopes', 'lost-restriction', { scopes: undefined }],
];

export const connectScenarios: Scenario[] = [
  ...of('INVALID_ISSUER', ISSUERS),
  of('INVALID_ISSUER', ISSUERS.slice(0, 1), staging).map((scenario) => ({
    ...scenario,
    mistake: 'a session’s token of another environment at an MCP server',
  })),
  ...of('INVALID_AUDIENCE', AUDIENCES),
  ...of('INVALID_SUBJECT', SUBJECTS),
  ...of('INVALID_CLAIM', CLAIMS),
  ...of('MISSING_PERMISSION', [
    ['a scope that was not requested', 'missing-scope', {}, { scopes: ['posts:write'] }],
  ]),
  ...OPTIONS.map(([mistake, cause, options]) =>
    invalid(mistake, cause, { options: { ...CONNECT, ...options } }),
  ),
  invalid('a placeholder in the variable', 'value-placeholder', {
    options: { ...CONNECT, authkitDomain: undefined },
    environment: { WORKOS_AUTHKIT_DOMAIN: '<name>.authkit.app' },
  }),
  invalid('a session with the profile', 'session-option', {
    options: CONNECT,
    call: (token, options) => verifyWorkosSession(token as string, options),
  }),
].flat();

function of(code: Scenario['code'], rows: Row[], signer = production): Scenario[] {
  return rows.map(([mistake, cause, changes, options]) => ({
    mistake,
    cause,
    code,
    make: () => ({
      token: signer.sign(connectClaims(changes)),
      options: { ...CONNECT, jwks: production.jwks, ...options },
    }),
  }));
}

function invalid(mistake: string, cause: string, attempt: Omit<Attempt, 'token'>): Scenario {
  const token = production.sign(connectClaims());
  return { mistake, cause, code: 'INVALID_OPTIONS', make: () => ({ token, ...attempt }) };
}

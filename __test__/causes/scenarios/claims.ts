// A good signature, and a claim that is not what is asked for.
import type { WorkosTokenOptions } from 'verify-workos-token';
import { CLIENT_ID } from '../../support/jws.js';
import { type Scenario, signed } from './world.js';

/** Times are told when the token is signed: the mistakes before may have taken minutes. */
type Changes = Record<string, unknown> | (() => Record<string, unknown>);
type Row = [mistake: string, cause: string, changes: Changes, options?: WorkosTokenOptions];

const now = () => Math.floor(Date.now() / 1000);
const org_id = 'org_1';

const AUDIENCES: Row[] = [
  ['no JWT template', 'no-audience', { aud: undefined }],
  ['an audience that is a number', 'audience-type', { aud: 5 }],
  ['an array with a number', 'audience-type', { aud: [CLIENT_ID, 5] }],
  ['a template that renders nothing', 'empty-audience', { aud: '' }],
  ['an empty array', 'empty-audience', { aud: [] }],
  ['an audience in capitals', 'audience-spelling', { aud: CLIENT_ID.toUpperCase() }],
  ['an audience with a line break', 'audience-spelling', { aud: `${CLIENT_ID}\n` }],
  ['an audience in quotes', 'audience-spelling', { aud: `"${CLIENT_ID}"` }],
  [
    'a URL with a slash',
    'audience-spelling',
    { aud: 'https://api.acme.example/' },
    { audience: 'https://api.acme.example' },
  ],
  ['the placeholder of the page', 'audience-placeholder', { aud: '<your client id>' }],
  ['a placeholder in words', 'audience-placeholder', { aud: 'YOUR_CLIENT_ID' }],
  ['an example of the page', 'audience-placeholder', { aud: 'client_...' }],
  ['a template that was not rendered', 'audience-placeholder', { aud: '{{ client_id }}' }],
  ['two audiences in one text', 'audience-joined', { aud: `${CLIENT_ID}, api` }],
  ['the client id of Staging in the template', 'audience-other-client', { aud: 'client_staging' }],
  ['a token for an MCP server', 'audience-is-resource', { aud: 'https://mcp.acme.example' }],
  [
    'an MCP client that asks for no resource',
    'audience-is-client',
    {},
    { audience: 'https://mcp.acme.example' },
  ],
  ['a name that nobody expects', 'other-audience', { aud: 'char-ai-agent' }],
];

const TIMES: Row[] = [
  ['a token that has expired just now', 'just-expired', () => ({ exp: now() - 10 })],
  ['a clock that is ahead', 'just-expired', {}, { now: () => now() + 330 }],
  ['a token that was not refreshed', 'expired', () => ({ exp: now() - 600 })],
  ['a token of yesterday', 'stale-session', () => ({ exp: now() - 86_400 })],
  ['a token of last year, replayed', 'stale-session', {}, { now: () => now() + 3e7 }],
];

const INVALID: Row[] = [
  ['no expiry', 'no-expiry', { exp: undefined }],
  ['an expiry as text', 'not-a-date', { exp: new Date().toISOString() }],
  ['a token of another client', 'other-client-id', { client_id: 'client_other' }],
  [
    'a token of a Connect application',
    'connect-token',
    { client_id: 'client_app', scope: 'openid' },
  ],
  ['a client that is a URL', 'connect-token', { client_id: 'https://agent.example/client.json' }],
  ['a client id that is an array', 'client-id-type', { client_id: [CLIENT_ID] }],
  ['permissions as text', 'claim-type', { permissions: 'a b' }, { permissions: ['a'] }],
];

const SUBJECTS: Row[] = [
  ['no subject', 'no-subject', { sub: undefined }],
  ['an empty subject', 'no-subject', { sub: '' }],
  ['a machine’s token', 'machine-token', { sub: 'client_machine' }],
];

const ORGANIZATIONS: Row[] = [
  ['no organization selected', 'no-organization', {}, { organizationId: 'org_1' }],
  ['another organization', 'other-organization', { org_id }, { organizationId: 'org_2' }],
  ['the name of the organization', 'organization-name', { org_id }, { organizationId: 'Acme' }],
];

const PERMISSIONS: Row[] = [
  ['a role without an organization', 'permissions-without-organization', {}, { roles: ['admin'] }],
  ['the name of a role', 'role-spelling', { org_id, role: 'admin' }, { roles: ['Admin'] }],
  ['a role that the user lacks', 'missing-role', { org_id, role: 'member' }, { roles: ['admin'] }],
  [
    'a dot in a permission',
    'permission-spelling',
    { org_id, permissions: ['posts:write'] },
    { permissions: ['posts.write'] },
  ],
  [
    'a permission that the role lacks',
    'missing-permission',
    { org_id, permissions: ['posts:read'] },
    { permissions: ['posts:write'] },
  ],
];

const MORE_PERMISSIONS: Row[] = [
  ['a plan that does not include it', 'missing-entitlement', {}, { entitlements: ['audit-log'] }],
  ['a flag that is off', 'missing-feature-flag', { feature_flags: ['a'] }, { featureFlags: ['b'] }],
];

const SIGN_INS: Row[] = [
  [
    'a sign-in of yesterday',
    'old-sign-in',
    () => ({ auth_time: now() - 86_400 }),
    { maxAuthAgeSeconds: 600 },
  ],
  ['a token of an old kind', 'no-auth-time', { auth_time: undefined }, { maxAuthAgeSeconds: 600 }],
];

export const claimScenarios: Scenario[] = [
  ...of('INVALID_AUDIENCE', AUDIENCES),
  ...of('TOKEN_EXPIRED', TIMES),
  ...of('TOKEN_NOT_YET_VALID', [
    ['a clock that is behind', 'not-yet-valid', () => ({ nbf: now() + 120 })],
  ]),
  ...of('INVALID_CLAIM', INVALID),
  ...of('INVALID_SUBJECT', SUBJECTS),
  ...of('FORBIDDEN_ORGANIZATION', ORGANIZATIONS),
  ...of('MISSING_PERMISSION', PERMISSIONS),
  ...of('MISSING_PERMISSION', MORE_PERMISSIONS),
  ...of('REAUTHENTICATION_REQUIRED', SIGN_INS),
  ...of('IMPERSONATION_DENIED', [
    ['support acts as a user', 'impersonation', { act: { sub: 'x' } }, { impersonation: 'deny' }],
  ]),
];

function of(code: Scenario['code'], rows: Row[]): Scenario[] {
  return rows.map(([mistake, cause, changes, options]) => ({
    mistake,
    cause,
    code,
    make: () => signed(typeof changes === 'function' ? changes() : changes, options),
  }));
}

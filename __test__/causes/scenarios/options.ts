// A token that is not a string, wrong options and variables, and requests.
import type { WorkosTokenOptions } from 'verify-workos-token';
import { authenticateRequest } from 'verify-workos-token/web';
import { type Attempt, good, passed, production, type Scenario } from './world.js';

const TOKENS: [mistake: string, cause: string, token: unknown][] = [
  ['a header that is missing', 'absent-token', undefined],
  ['a user who is not signed in', 'absent-token', null],
  ['a missing await', 'promise-as-token', Promise.resolve(good)],
  ['a function that was not called', 'function-as-token', () => good],
  ['a header that came twice', 'array-as-token', [good]],
  ['a file that was read without an encoding', 'bytes-as-token', Buffer.from(good)],
  ['a String object', 'string-object-as-token', new String(good)],
  ['the request', 'request-as-token', new Request('http://localhost/')],
  ['the headers', 'request-as-token', new Headers({ authorization: `Bearer ${good}` })],
  ['the session of the SDK', 'session-as-token', { accessToken: good, user: {} }],
  ['the response of the token endpoint', 'token-response-as-token', { access_token: good }],
  ['the identity of an adapter', 'identity-as-token', { token: good, claims: {} }],
];

const CLIENT_IDS: [mistake: string, cause: string, clientId: string][] = [
  ['the API key', 'api-key-as-client-id', 'sk_test_123'],
  ['the id of an organization', 'other-id-as-client-id', 'org_01HXYZ'],
  ['the id of a connection', 'other-id-as-client-id', 'conn_01HXYZ'],
  ['the address of the dashboard', 'other-id-as-client-id', 'https://dashboard.workos.com/'],
  ['the placeholder of the page', 'client-id-placeholder', 'your_client_id'],
  ['a placeholder with x', 'client-id-placeholder', 'client_01XXXX'],
  ['an example of the page', 'value-placeholder', 'client_...'],
  ['a placeholder in brackets', 'value-placeholder', '<YOUR_CLIENT_ID>'],
  ['a variable that was not expanded', 'value-placeholder', '$WORKOS_CLIENT_ID'],
  ['only a space', 'value-missing', ' '],
  ['an unset variable in a template', 'value-undefined', `${undefined}`],
  ['a null in a template', 'value-null', `${null}`],
  ['quotes that Docker keeps', 'value-quoted', '"client_01HXYZ"'],
  ['a line break of a secret', 'value-white-space', 'client_01HXYZ\n'],
];

const HOSTS: [mistake: string, cause: string, host: string][] = [
  ['a URL in place of a host', 'host-with-scheme', 'https://auth.acme.example'],
  ['a host with a password', 'host-with-credentials', 'me:pass@auth.acme.example'],
  ['a host with a path', 'host-with-path', 'auth.acme.example/sso'],
  ['a host with a query', 'host-with-query', 'auth.acme.example?x'],
  ['a host with a port', 'host-with-port', 'localhost:4100'],
];

const PEM = '-----BEGIN';
const sdk = (clientId: string) => ({ clientId, baseURL: 'https://api.workos.com' });

const OPTIONS: [mistake: string, cause: string, options: unknown][] = [
  ['an option that was not awaited', 'promise-as-option', { issuer: Promise.resolve('x') }],
  ['a tolerance in text', 'wrong-option', { clockToleranceSeconds: '5' }],
  ['a name as the client id', 'client-id-of-other-form', { clientId: 'my-app', jwks: undefined }],
  ['an unset organization', 'lost-restriction', { organizationId: undefined }],
  ['no permissions', 'lost-restriction', { permissions: [] }],
  ['one role as text', 'text-as-array', { roles: 'admin' }],
  ['options of a class', 'inherited-option', Object.create({ organizationId: 'org_1' })],
  ['a key of a class', 'inherited-member', { jwks: { keys: [Object.create({ use: 'enc' })] } }],
  ['a module as options', 'module-as-options', { [Symbol.toStringTag]: 'Module' }],
  ['keys and their URL', 'two-key-sources', { jwksUrl: 'https://keys.example/jwks' }],
  ['the SDK of another client', 'two-client-ids', { workos: sdk('client_other') }],
  ['keys over http', 'keys-without-tls', { jwks: undefined, jwksUrl: 'http://keys/jwks' }],
  ['a host as the URL', 'url-without-scheme', { jwks: undefined, jwksUrl: 'keys.example/jwks' }],
  ['a private key to trust', 'private-key-as-ca', { jwksCache: { ca: `${PEM} PRIVATE KEY-----` } }],
  ['the name of a file to trust', 'file-name-as-ca', { jwksCache: { ca: '/etc/ssl/ca.pem' } }],
];

export const optionScenarios: Scenario[] = [
  ...TOKENS.map(([mistake, cause, token]) => malformed(mistake, cause, () => passed(token))),
  ...CLIENT_IDS.map(([mistake, cause, clientId]) =>
    invalid(`${mistake}, as the client id`, cause, () => passed(good, { clientId })),
  ),
  invalid('a quote in a variable', 'value-quoted', () =>
    variable('WORKOS_CLIENT_ID', "'client_1'"),
  ),
  ...HOSTS.map(([mistake, cause, host]) =>
    invalid(mistake, cause, () => variable('WORKOS_API_HOSTNAME', host)),
  ),
  ...OPTIONS.map(([mistake, cause, options]) =>
    invalid(mistake, cause, () => ({ token: good, options: over(options as object) })),
  ),
  invalid('no client id at all', 'client-id-missing', () => ({ token: good, options: {} })),
  malformed('a request without a header', 'no-credentials', () => request({})),
  malformed('two credentials', 'malformed-credentials', () =>
    request({ authorization: `Bearer ${good}, Basic eDp5` }),
  ),
];

/** Over good options. A prototype stays one. */
function over(options: object): WorkosTokenOptions {
  const prototype = Object.getPrototypeOf(options);
  return Object.assign(Object.create(prototype), production.options, options);
}

function malformed(mistake: string, cause: string, make: Scenario['make']): Scenario {
  return { mistake, cause, code: 'MALFORMED_TOKEN', make };
}

function invalid(mistake: string, cause: string, make: Scenario['make']): Scenario {
  return { mistake, cause, code: 'INVALID_OPTIONS', make };
}

function variable(name: string, value: string): Attempt {
  return { token: good, options: {}, environment: { WORKOS_CLIENT_ID: 'client_1', [name]: value } };
}

function request(headers: Record<string, string>): Attempt {
  return {
    token: undefined,
    options: production.options,
    call: (_, options) =>
      authenticateRequest(new Request('http://localhost/', { headers }), options),
  };
}

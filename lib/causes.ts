// The causes that JavaScript recognizes, because it sees what native code can't: a token that is not
// a string, the options, the environment and the request. The rows have the form of those in the
// core (core/src/error/causes), and docs/troubleshooting.md lists both.

import type { CauseRow, ErrorCode } from './binding.d.ts';

type Rows = Readonly<Record<string, Readonly<Omit<CauseRow, 'id'>>>>;

const MALFORMED: ErrorCode[] = ['MALFORMED_TOKEN'];
const SESSION: ErrorCode[] = ['INVALID_SESSION'];
const CROSS_SITE: ErrorCode[] = ['CROSS_SITE_REQUEST'];
const OPTIONS: ErrorCode[] = ['INVALID_OPTIONS'];

const ROWS = Object.freeze({
  'absent-token': {
    codes: MALFORMED,
    recognized: 'the token is `undefined`, `null`, or another value that is not a string',
    hint: 'Pass the access token as a string. An undefined token often means that the request had no Authorization header or the user is not signed in.',
  },
  'promise-as-token': {
    codes: MALFORMED,
    recognized: 'the token is a promise',
    hint: 'Await the promise: `verifyWorkosToken(await getAccessToken())`.',
  },
  'function-as-token': {
    codes: MALFORMED,
    recognized: 'the token is a function',
    hint: 'Call the function, await what it returns, and pass that.',
  },
  'array-as-token': {
    codes: MALFORMED,
    recognized: 'the token is an array',
    hint: 'Pass one access token, as a string.',
  },
  'bytes-as-token': {
    codes: MALFORMED,
    recognized: 'the token is a Buffer or a typed array',
    hint: "Decode the bytes first: `buffer.toString('utf8')`.",
  },
  'string-object-as-token': {
    codes: MALFORMED,
    recognized: 'the token is a String object',
    hint: 'Pass the string itself: `String(token)`.',
  },
  'request-as-token': {
    codes: MALFORMED,
    recognized: 'the token is a Request or a Headers object',
    hint: 'Pass the text that follows "Bearer " in the Authorization header, or use an adapter of this package, which reads it.',
  },
  'session-as-token': {
    codes: MALFORMED,
    recognized: 'the token is an object with `accessToken`, such as a session of an SDK of WorkOS',
    hint: 'Pass its `accessToken`.',
  },
  'token-response-as-token': {
    codes: MALFORMED,
    recognized:
      'the token is an object with `access_token`, such as the response of a token endpoint',
    hint: 'Pass its `access_token`.',
  },
  'identity-as-token': {
    codes: MALFORMED,
    recognized: 'the token is an object with `token`, such as `req.workos` of this package',
    hint: 'Pass its `token`.',
  },
  'no-credentials': {
    codes: MALFORMED,
    recognized: 'an adapter found no bearer token in the request',
    hint: 'Send the access token in the header "Authorization: Bearer <token>", or say with "getToken" where it is.',
  },
  'malformed-credentials': {
    codes: MALFORMED,
    recognized: 'the `Authorization` header does not hold exactly one bearer token',
    hint: 'Send one header "Authorization: Bearer <token>" with the access token as it is, and no other credentials with it.',
  },
  'absent-session': {
    codes: SESSION,
    recognized: 'the session is `undefined` or `null`',
    hint: 'Pass the value of the session cookie (`wos-session`, or the name in WORKOS_COOKIE_NAME). If there is none, the user is not signed in.',
  },
  'value-as-session': {
    codes: SESSION,
    recognized: 'the session is another value that is not a string',
    hint: 'Pass the value of the session cookie as a string. What reads cookies often returns an object that holds it in `value`.',
  },
  'no-session-cookie': {
    codes: SESSION,
    recognized: 'an adapter that asks for sessions alone found none in the request',
    hint: 'Sign the user in. If they are signed in, check "cookieName" (or WORKOS_COOKIE_NAME), and that the domain and path of the cookie include this request.',
  },
  'cross-site-request': {
    codes: CROSS_SITE,
    recognized:
      'the method changes something, the session cookie is good, and `Sec-Fetch-Site`, or else `Origin` and `Host`, say that another site sent the request',
    hint: 'If the site is yours, add its origin to "trustedOrigins". Otherwise this is likely a cross-site request forgery: refuse it. If a proxy changes the Host header, let it pass on the original one.',
  },
  'cookie-password': {
    codes: OPTIONS,
    recognized: '`cookiePassword` is missing where a session is opened, too short or too long',
    hint: "Use the password that WorkOS's SDK seals the cookie with. A new one is made by `openssl rand -base64 32`.",
  },
  'client-id-missing': {
    codes: OPTIONS,
    recognized: 'neither `clientId` nor `WORKOS_CLIENT_ID` is set',
    hint: 'Pass the client id from the WorkOS dashboard, or "issuer", "audience" (or null) and "jwks" or "jwksUrl" without it.',
  },
  'api-key-as-client-id': {
    codes: OPTIONS,
    recognized: 'the client id begins with `sk_`',
    hint: 'An API key is a secret and is not used to verify tokens. Remove it and use the client id.',
  },
  'other-id-as-client-id': {
    codes: OPTIONS,
    recognized:
      'the client id begins as the id of something else in WorkOS (`org_`, `user_`, `conn_`), or is a URL or an email address',
    hint: 'This is not a client id. Use the one from the WorkOS dashboard, which begins with client_ (older ones with project_).',
  },
  'client-id-of-other-form': {
    codes: OPTIONS,
    recognized:
      "the client id does not begin with `client_` or `project_`, and WorkOS's own API is asked for the keys",
    hint: 'WorkOS knows no such client id, and would respond with 404 to each request for the keys. Copy the client id from the WorkOS dashboard: it begins with client_.',
  },
  'client-id-placeholder': {
    codes: OPTIONS,
    recognized:
      'the client id is a placeholder of the documentation, such as `client_01XXXX` or `your_client_id`',
    hint: 'Replace the placeholder with the client id from the WorkOS dashboard.',
  },
  'value-missing': {
    codes: OPTIONS,
    recognized: 'a client id or a `WORKOS_` variable is only white space',
    hint: 'Check where the value comes from.',
  },
  'value-undefined': {
    codes: OPTIONS,
    recognized: 'a client id or a `WORKOS_` variable is the word `undefined`',
    hint: 'A value that was not set has been written into a text. Check where it comes from.',
  },
  'value-null': {
    codes: OPTIONS,
    recognized: 'a client id or a `WORKOS_` variable is the word `null`',
    hint: 'A value that is null has been written into a text. Check where it comes from.',
  },
  'value-quoted': {
    codes: OPTIONS,
    recognized: 'a client id or a `WORKOS_` variable is in quotes',
    hint: 'Remove the quotes: not every tool that sets variables takes them off.',
  },
  'value-white-space': {
    codes: OPTIONS,
    recognized: 'a client id or a `WORKOS_` variable has a space or a line break',
    hint: 'Remove the space or line break, which is often at the end.',
  },
  'value-placeholder': {
    codes: OPTIONS,
    recognized: 'a client id or a `WORKOS_` variable has brackets, `$` or three dots',
    hint: 'Replace the placeholder with the value itself.',
  },
  'host-with-scheme': {
    codes: OPTIONS,
    recognized: '`WORKOS_API_HOSTNAME` begins with `https://` or another scheme',
    hint: 'Leave the scheme out; for http, set WORKOS_API_HTTPS to "false".',
  },
  'host-with-credentials': {
    codes: OPTIONS,
    recognized: '`WORKOS_API_HOSTNAME` has an `@`',
    hint: 'Leave the user name and the password out.',
  },
  'host-with-path': {
    codes: OPTIONS,
    recognized: '`WORKOS_API_HOSTNAME` has a slash',
    hint: 'Leave out everything from the slash on.',
  },
  'host-with-query': {
    codes: OPTIONS,
    recognized: '`WORKOS_API_HOSTNAME` has a `?` or a `#`',
    hint: 'Leave out everything from "?" or "#" on.',
  },
  'host-with-port': {
    codes: OPTIONS,
    recognized: '`WORKOS_API_HOSTNAME` ends with a port',
    hint: 'Set the port in WORKOS_API_PORT.',
  },
  'promise-as-option': {
    codes: OPTIONS,
    recognized: 'an option is a promise',
    hint: 'Await the promise, and pass what it resolves with.',
  },
  'lost-restriction': {
    codes: OPTIONS,
    recognized:
      'an option that only ever restricts (`organizationId`, `permissions`, `roles`, `entitlements`, `featureFlags`, `maxAuthAgeSeconds`, `scopes`, `subjects`) is `undefined`, `null` or empty',
    hint: 'This would turn the check off in silence. Check where the value comes from, such as a variable that is not set; to check nothing, leave the option out.',
  },
  'text-as-array': {
    codes: OPTIONS,
    recognized: 'an option that takes an array is a string',
    hint: 'Put the text into an array: `["..."]`.',
  },
  'inherited-option': {
    codes: OPTIONS,
    recognized: 'an option comes from a class or a prototype',
    hint: 'Pass a plain object: `{ ...defaults, ...more }` copies what another object holds itself; what a class or a prototype holds must be named.',
  },
  'inherited-member': {
    codes: OPTIONS,
    recognized: 'a member of `jwks` comes from a class or a prototype',
    hint: 'Pass plain objects, as `JSON.parse` gives them.',
  },
  'module-as-options': {
    codes: OPTIONS,
    recognized: 'the options have a symbol, or a name that is not a word',
    hint: 'Names of options are words. A module as a whole (`import * as options`) has a symbol of its own: pass `{ ...options }`.',
  },
  'two-key-sources': {
    codes: OPTIONS,
    recognized: '`jwks` and `jwksUrl` are both set',
    hint: 'Give a fixed key set or the URL of one.',
  },
  'two-client-ids': {
    codes: OPTIONS,
    recognized: '`clientId` differs from the client id of `workos`',
    hint: 'Leave one of the two client ids out.',
  },
  'keys-without-tls': {
    codes: OPTIONS,
    recognized: 'the URL of the keys is http, and its host is not a loopback host',
    hint: 'Keys fetched without TLS can be replaced on the way. On a network that you trust (docker-compose), pass "allowInsecureJwksUrl: true".',
  },
  'url-without-scheme': {
    codes: OPTIONS,
    recognized: '`jwksUrl` or `apiUrl` is a string that is no URL',
    hint: 'Write it with its scheme: https://...',
  },
  'private-key-as-ca': {
    codes: OPTIONS,
    recognized: '`jwksCache.ca` has a private key',
    hint: 'A private key is a secret: take it out, and pass the certificate alone.',
  },
  'file-name-as-ca': {
    codes: OPTIONS,
    recognized: '`jwksCache.ca` has no PEM certificate',
    hint: 'Pass the content of the file, which begins with -----BEGIN CERTIFICATE-----, not its name.',
  },
  'connect-option': {
    codes: OPTIONS,
    recognized: '`authkitDomain`, `resource` or `subjects` is set without `profile: "connect"`',
    hint: "To accept Connect, MCP or machine-to-machine tokens, add `profile: 'connect'`. To accept the tokens of user sessions, leave the option out.",
  },
  'scopes-of-session': {
    codes: OPTIONS,
    recognized: '`scopes` is set without `profile: "connect"`',
    hint: "The tokens of user sessions have no scopes: use `permissions`. To accept Connect, MCP or machine-to-machine tokens, add `profile: 'connect'`.",
  },
  'session-option': {
    codes: OPTIONS,
    recognized:
      '`apiUrl`, `workos` or `cookiePassword` is set with `profile: "connect"`, or a session is verified with it',
    hint: 'Connect tokens come from the AuthKit domain, and never in a session. Leave the option out, or use another verifier, without `profile`, for user sessions.',
  },
  'authkit-domain-missing': {
    codes: OPTIONS,
    recognized:
      'with `profile: "connect"`, neither `authkitDomain` nor `WORKOS_AUTHKIT_DOMAIN` is set',
    hint: 'Pass the AuthKit domain from the WorkOS dashboard (such as acme.authkit.app), or "issuer" and "jwks" or "jwksUrl" without it.',
  },
  'domain-of-other-kind': {
    codes: OPTIONS,
    recognized: '`authkitDomain` begins as a client id, an API key or another id of WorkOS',
    hint: 'Pass the AuthKit domain from the WorkOS dashboard, such as acme.authkit.app. An API key is a secret and is not used to verify tokens.',
  },
  'domain-of-other-form': {
    codes: OPTIONS,
    recognized:
      '`authkitDomain` has a path, a query or credentials, is http, or is no domain of AuthKit',
    hint: 'Pass the AuthKit domain alone, as the WorkOS dashboard shows it: acme.authkit.app or https://acme.authkit.app.',
  },
  'resource-missing': {
    codes: OPTIONS,
    recognized: 'with `profile: "connect"`, neither `resource` nor `audience` is set',
    hint: 'Set "resource" to the URL of this server, as in the resource indicators of the WorkOS dashboard. For the tokens of machines, which name no resource, set "audience" to the client id of the environment.',
  },
  'resource-of-other-form': {
    codes: OPTIONS,
    recognized: '`resource` is not an absolute https URL without credentials and fragment',
    hint: 'Write the URL of this server as in the resource indicators of the WorkOS dashboard: https://mcp.example.com/mcp. A client id belongs in "audience".',
  },
  'wrong-option': {
    codes: OPTIONS,
    recognized: 'an option has another type or is out of range',
    hint: 'Correct the option; the README lists every option with its type and range.',
  },
} satisfies Rows);

export type CauseId = keyof typeof ROWS;

/** What to do about a cause. */
export function hintOf(id: CauseId): string {
  return ROWS[id].hint;
}

/** All rows, for the documentation and the tests. */
export function causes(): CauseRow[] {
  return Object.keys(ROWS).map((id) => ({ id, ...ROWS[id as CauseId] }));
}

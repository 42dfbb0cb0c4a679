// The options of the commands. Those of the library keep their name, in kebab-case.

/** How the value of an option is read. */
export type Kind =
  | 'flag'
  /** Once. */
  | 'text'
  /** Once for each value. */
  | 'texts'
  /** Values separated by commas, in one or more such options; `\,` is a comma in a value. */
  | 'list'
  | 'number'
  /** The name of a file. */
  | 'file'
  | 'files';

export interface Option {
  readonly kind: Kind;
  /** What stands for the value in a help text. */
  readonly value?: string;
  readonly help: string;
}

export type OptionName = keyof typeof OPTIONS;

export const OPTIONS = Object.freeze({
  'client-id': {
    kind: 'text',
    value: 'id',
    help: 'the WorkOS client id; default: WORKOS_CLIENT_ID',
  },
  profile: {
    kind: 'text',
    value: 'session|connect',
    help: 'connect accepts Connect, MCP and machine tokens; default: session',
  },
  'authkit-domain': {
    kind: 'text',
    value: 'domain',
    help: 'with --profile connect, the AuthKit domain; default: WORKOS_AUTHKIT_DOMAIN',
  },
  resource: {
    kind: 'text',
    value: 'url',
    help: 'with --profile connect, the URL that aud must contain',
  },
  subjects: {
    kind: 'list',
    value: 'names',
    help: 'with --profile connect, user, machine or both; default: user',
  },
  scopes: {
    kind: 'list',
    value: 'names',
    help: 'with --profile connect, scopes that the token must have',
  },
  issuer: { kind: 'texts', value: 'url', help: 'what iss must equal; may be repeated' },
  audience: { kind: 'texts', value: 'name', help: 'what aud must contain; may be repeated' },
  'no-audience': { kind: 'flag', help: 'accept tokens without aud, or with any' },
  'api-url': { kind: 'text', value: 'url', help: 'the base of issuer and key URL' },
  'jwks-url': { kind: 'text', value: 'url', help: 'the URL of the keys' },
  jwks: { kind: 'file', value: 'file', help: 'a file with the key set, in place of a URL' },
  'allow-insecure-jwks-url': { kind: 'flag', help: 'allow http for hosts that are not loopback' },
  ca: { kind: 'files', value: 'file', help: 'PEM certificates to trust as well; may be repeated' },
  'timeout-ms': {
    kind: 'number',
    value: 'number',
    help: 'the time limit of one request, in milliseconds: 100 to 30000, default 5000',
  },
  algorithms: { kind: 'list', value: 'names', help: 'allowed algorithms; default: RS256' },
  'clock-tolerance-seconds': {
    kind: 'number',
    value: 'number',
    help: 'allowed clock skew, in seconds: 0 to 300, default 5',
  },
  'organization-id': {
    kind: 'texts',
    value: 'id',
    help: 'what org_id must be; may be repeated',
  },
  permissions: { kind: 'list', value: 'names', help: 'permissions that the token must have' },
  roles: { kind: 'list', value: 'names', help: 'roles of which the token must have one' },
  entitlements: { kind: 'list', value: 'names', help: 'entitlements that the token must have' },
  'feature-flags': {
    kind: 'list',
    value: 'names',
    help: 'feature flags that the token must have',
  },
  'max-auth-age-seconds': {
    kind: 'number',
    value: 'number',
    help: 'how long ago the user may have signed in, in seconds',
  },
  impersonation: { kind: 'text', value: 'allow|deny', help: 'deny refuses tokens with act' },
  now: {
    kind: 'number',
    value: 'seconds',
    help: 'the time to verify at, in seconds since 1970, such as that of a report',
  },
  token: {
    kind: 'text',
    value: 'token|-',
    help: 'the token or the sealed session; - reads standard input',
  },
  snapshot: {
    kind: 'flag',
    help: 'print the keys as a snapshot, for jwksCache.snapshot',
  },
  json: { kind: 'flag', help: 'print JSON, for programs' },
  help: { kind: 'flag', help: 'print this help' },
  version: { kind: 'flag', help: 'print the version' },
} satisfies Record<string, Option>);

/** Where the keys come from. */
export const KEY_OPTIONS: readonly OptionName[] = [
  'client-id',
  'profile',
  'authkit-domain',
  'api-url',
  'jwks-url',
  'jwks',
  'allow-insecure-jwks-url',
  'ca',
  'timeout-ms',
];
/** What a token must satisfy. */
export const TOKEN_OPTIONS: readonly OptionName[] = [
  'resource',
  'audience',
  'no-audience',
  'issuer',
  'algorithms',
  'clock-tolerance-seconds',
  'organization-id',
  'permissions',
  'roles',
  'entitlements',
  'feature-flags',
  'max-auth-age-seconds',
  'impersonation',
  'subjects',
  'scopes',
  'now',
  'token',
];
/** Told by the commands that take a session in place of a token. */
export const SESSIONS =
  'A value that begins with Fe26.2 is a sealed session, such as the cookie wos-session. It is opened with WORKOS_COOKIE_PASSWORD, which is never shown.';
export const COMMON_OPTIONS: readonly OptionName[] = ['json', 'help', 'version'];
/** One letter for options that other commands have too. */
export const SHORT_OPTIONS: Readonly<Record<string, OptionName>> = Object.freeze({
  h: 'help',
  v: 'version',
});

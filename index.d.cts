/** The signature algorithms that can be allowed (RFC 7518, RFC 8037). `none` and HS* never can. */
export type WorkosAlgorithm =
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'EdDSA';

/** A public key (RFC 7517). Members that are not listed are ignored. */
export interface WorkosJwk {
  readonly kty?: string;
  readonly kid?: string;
  readonly use?: string;
  readonly key_ops?: readonly string[];
  readonly alg?: string;
  readonly n?: string;
  readonly e?: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  // biome-ignore lint/suspicious/noExplicitAny: with `unknown`, interfaces would not fit.
  readonly [member: string]: any;
}

/** A fixed key set. */
export interface WorkosJwks {
  readonly keys: readonly WorkosJwk[];
}

/** The parts of a client of `@workos-inc/node` that are used. */
export interface WorkosClientLike {
  readonly clientId?: string | undefined;
  readonly baseURL: string;
}

/** How fetched keys are cached. */
export interface WorkosJwksCacheOptions {
  /**
   * How long fetched keys are fresh, in seconds: 30 to 86400 (from 1 for a loopback URL). Default
   * 600. The server's `Cache-Control` (RFC 9111) can shorten it to no less than 30 s. It can lengthen
   * only the default, to no more than 3600 s.
   */
  readonly maxAgeSeconds?: number | undefined;
  /** How long expired keys may still be used while the endpoint is failing, in seconds: 0 to 604800. Default 3600. */
  readonly staleIfErrorSeconds?: number | undefined;
  /** The shortest time between two fetches made for unknown `kid`s, in seconds: 1 to 300. Default 10. */
  readonly cooldownSeconds?: number | undefined;
  /** The time limit of one request, from connecting to the last byte, in milliseconds: 100 to 30000. Default 5000. */
  readonly timeoutMs?: number | undefined;
  /** PEM certificates to trust along with those that Node trusts. */
  readonly ca?: string | readonly string[] | undefined;
  /**
   * Keys for the first calls of a process: the text from `exportKeys()`, at most 64 KiB. It fills an
   * entry that has never been fetched, and its keys are as old as it says: fresh, stale, or past the
   * grace time. One that is damaged, expired, from the future or for another URL is ignored, and
   * counted in `stats().snapshots`. Whoever can write it can sign tokens that are accepted.
   */
  readonly snapshot?: string | undefined;
}

/**
 * What a token must satisfy, and where its keys come from: a plain object. A property that is
 * `undefined` counts as absent, except `organizationId`, `permissions`, `roles`, `entitlements`,
 * `featureFlags`, `maxAuthAgeSeconds`, `scopes` and `subjects`: there it is `INVALID_OPTIONS`, as is an
 * empty array, so that a variable which is not set can't turn a check off.
 */
export interface WorkosTokenOptions {
  /**
   * The WorkOS client id (`client_...`). Default: `process.env.WORKOS_CLIENT_ID`. Issuer, JWKS URL
   * and audience derive from it. If the keys are fetched from WorkOS's own API, it must begin with
   * `client_`, or with `project_` as older ones do; the API responds with 404 to any other.
   */
  readonly clientId?: string | undefined;
  /**
   * The token's `aud` must contain at least one of these (RFC 7519, section 4.1.3). Default: the
   * client id. `null` turns the check off, on purpose.
   *
   * In sealed sessions the default is laxer: `aud` may be missing, and must contain the client id if
   * it is present. The seal proves that this application put the token there.
   */
  readonly audience?: string | readonly string[] | null | undefined;
  /** `iss` must equal one of these, byte for byte. Default: `{apiUrl}/user_management/{clientId}`. */
  readonly issuer?: string | readonly string[] | undefined;
  /**
   * The URL of the keys. Default: `{apiUrl}/sso/jwks/{clientId}`. https, or http on a loopback host;
   * no credentials in it.
   */
  readonly jwksUrl?: string | URL | undefined;
  /** Allows http for a host that is not loopback, on a network that you trust. Default `false`. */
  readonly allowInsecureJwksUrl?: boolean | undefined;
  /** A fixed key set: no network at all. Excludes `jwksUrl`. */
  readonly jwks?: WorkosJwks | undefined;
  /**
   * The base of the derived URLs. Default: `https://api.workos.com`, or built from
   * `WORKOS_API_HOSTNAME`, `WORKOS_API_PORT` and `WORKOS_API_HTTPS`.
   */
  readonly apiUrl?: string | undefined;
  /** A client of `@workos-inc/node`, to take `clientId` and `baseURL` from. */
  readonly workos?: WorkosClientLike | undefined;
  /** The allow-list for `alg`. Default `['RS256']`. */
  readonly algorithms?: readonly WorkosAlgorithm[] | undefined;
  /** Allowed clock skew for `exp` and `nbf`: an integer of seconds, 0 to 300. Default 5. */
  readonly clockToleranceSeconds?: number | undefined;
  /** `org_id` must be one of these, else `FORBIDDEN_ORGANIZATION`. */
  readonly organizationId?: string | readonly string[];
  /** All must be in `permissions`, else `MISSING_PERMISSION`. */
  readonly permissions?: readonly string[];
  /** At least one must be `role` or in `roles`, else `MISSING_PERMISSION`. */
  readonly roles?: readonly string[];
  /** All must be in `entitlements`, else `MISSING_PERMISSION`. */
  readonly entitlements?: readonly string[];
  /** All must be in `feature_flags`, else `MISSING_PERMISSION`. */
  readonly featureFlags?: readonly string[];
  /**
   * The user must have signed in (`auth_time`) at most this many seconds ago, an integer from 0 to
   * 31536000, else `REAUTHENTICATION_REQUIRED` (RFC 9470). A time in the future counts as just now.
   */
  readonly maxAuthAgeSeconds?: number;
  /** `'deny'` refuses tokens with an `act` claim (`IMPERSONATION_DENIED`). Default `'allow'`. */
  readonly impersonation?: 'allow' | 'deny' | undefined;
  /**
   * The time for `exp` and `nbf`, in seconds since 1970, or a function that gives it. Default: the
   * system's, read at each call. The age of keys does not depend on it.
   */
  readonly now?: number | (() => number) | undefined;
  /**
   * What session cookies are sealed with, for `verifyWorkosSession` and the other functions that open
   * sessions: 32 to 1024 characters, or 1 to 4 such passwords during a rotation, each of which is
   * tried. Default: `process.env.WORKOS_COOKIE_PASSWORD`. It is never shown, nor is its length.
   */
  readonly cookiePassword?: string | readonly string[] | undefined;
  /**
   * Whether tokens with a good signature are remembered: at most 4,000 of up to 8 KiB each, 16 MiB in
   * total. Every other check runs each time. Default `true`.
   */
  readonly verifiedTokenCache?: boolean | undefined;
  /** How fetched keys are cached. */
  readonly jwksCache?: WorkosJwksCacheOptions | undefined;
  /**
   * What kind of token is asked for. Default `'session'`: the access token of a user session.
   * `'connect'`: an access token of WorkOS Connect, which an MCP client or another application
   * requested from the AuthKit domain, or a machine's. Neither profile accepts the other's tokens.
   *
   * With `'connect'`, `resource` (or `audience`) and `authkitDomain` take the place of what derives
   * from `clientId`; `client_id` is required and is not compared, since it names the application that
   * requested the token; a token with `cnf` (RFC 7800) is refused; `apiUrl`, `workos`, `cookiePassword`
   * and sessions are `INVALID_OPTIONS`.
   */
  readonly profile?: WorkosProfile | undefined;
  /**
   * Only with `profile: 'connect'`: the AuthKit domain, such as `acme.authkit.app` or a custom one, with
   * or without `https://` (`http://` on a loopback host). It gives `issuer` (`https://<domain>`) and
   * `jwksUrl` (`{issuer}/oauth2/jwks`). Default: `process.env.WORKOS_AUTHKIT_DOMAIN`. Not needed with
   * `issuer` and `jwks` or `jwksUrl`.
   */
  readonly authkitDomain?: string | undefined;
  /**
   * Only with `profile: 'connect'`: this server's URI (RFC 8707, section 2), an absolute https URL, or
   * http on a loopback host, without a fragment or credentials. `aud` must contain it, byte for byte,
   * except that an empty path equals `/`. Needed unless `audience` is given, which takes its place.
   */
  readonly resource?: string | undefined;
  /**
   * Only with `profile: 'connect'`: whether `sub` may be a user (`user_...`) or an application
   * (`client_...`, a machine-to-machine token), else `INVALID_SUBJECT`. Default `['user']`. The `aud` of
   * a machine's token is the client id of the environment, so it needs `audience`.
   */
  readonly subjects?: readonly ('user' | 'machine')[];
  /**
   * Only with `profile: 'connect'`: all must be in the space-separated `scope`, else
   * `MISSING_PERMISSION`. Each is a scope of RFC 6749, section 3.3.
   */
  readonly scopes?: readonly string[];
}

/** What kind of token is asked for. */
export type WorkosProfile = 'session' | 'connect';

/**
 * One of several entries that a verifier tries: what a token must satisfy, where its keys come from, and
 * a name for it. `now` must be the same in all entries, or in none.
 */
export interface WorkosEntry<Name extends string = string> extends WorkosTokenOptions {
  /** 1 to 64 characters, without control characters, different from the names of the other entries. */
  readonly name: Name;
}

/** The claims that WorkOS's access tokens have. Those that no check guarantees are optional. */
export interface WorkosClaims {
  /** The issuer, one of `issuer`. */
  readonly iss: string;
  /** The user (`user_...`), or in a machine's token the application (`client_...`); not empty. */
  readonly sub: string;
  /** The expiry, in seconds since 1970. */
  readonly exp: number;
  readonly aud?: string | readonly string[];
  readonly nbf?: number;
  readonly iat?: number;
  readonly jti?: string;
  /** The session (`session_...`). In a Connect token, the user's consent. */
  readonly sid?: string;
  /** With `profile: 'connect'`, the application that requested the token, which may be a URL. */
  readonly client_id?: string;
  /** Only in Connect tokens: the scopes, with a space between them. */
  readonly scope?: string;
  readonly auth_time?: number;
  /** The organization that is currently selected (`org_...`). */
  readonly org_id?: string;
  readonly role?: string;
  readonly roles?: readonly string[];
  readonly permissions?: readonly string[];
  readonly entitlements?: readonly string[];
  readonly feature_flags?: readonly string[];
  /** Who acts for the user (RFC 8693, section 4.1). */
  readonly act?: { readonly sub: string };
}

/**
 * Your custom claims. Merge them in once, and they are on the claims everywhere:
 *
 * @example
 * declare module 'verify-workos-token' {
 *   interface WorkosCustomClaims {
 *     plan?: 'free' | 'paid';
 *   }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: for projects to merge.
export interface WorkosCustomClaims {}

/** The claims as they are returned: with the custom ones, and deep-frozen. */
export type VerifiedClaims<Custom extends object = WorkosCustomClaims> = WorkosClaims &
  DeepReadonly<WorkosCustomClaims> &
  DeepReadonly<Custom>;

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/**
 * A session whose access token passed every check. Frozen, with everything in it.
 *
 * Base decisions on `claims`, which WorkOS signed. The rest is what the application's SDK sealed along
 * with the token, at the sign-in or the last refresh.
 */
export interface WorkosSession<Custom extends object = WorkosCustomClaims> {
  /** The claims of the access token. */
  readonly claims: VerifiedClaims<Custom>;
  /** The user as the SDK sealed it, whose `id` equals `claims.sub`; `null` if the session has none. */
  readonly user: WorkosSessionUser | null;
  /** Who impersonates the user from the WorkOS dashboard, as the SDK sealed it; `null` if nobody does. */
  readonly impersonator: WorkosSessionImpersonator | null;
  /** How the user signed in, such as `Password` or `SSO`; `null` if the session doesn't say. */
  readonly authenticationMethod: string | null;
  /** The access token, for calls to other services. Not enumerable, so that logging the session doesn't log it. */
  readonly accessToken: string;
}

/**
 * The user of a session as `@workos-inc/node` has it, in camelCase: a snapshot. Only `id` is checked.
 * Older versions of the SDK sealed fewer members.
 */
export interface WorkosSessionUser {
  /** The user's id (`user_...`), equal to `claims.sub`. */
  readonly id: string;
  readonly object?: 'user';
  readonly email?: string;
  readonly emailVerified?: boolean;
  readonly name?: string | null;
  readonly firstName?: string | null;
  readonly lastName?: string | null;
  readonly profilePictureUrl?: string | null;
  readonly locale?: string | null;
  /** In ISO 8601, like the other times. */
  readonly lastSignInAt?: string | null;
  readonly createdAt?: string;
  readonly updatedAt?: string;
  readonly externalId?: string | null;
  readonly metadata?: { readonly [name: string]: string };
  readonly [member: string]: unknown;
}

/** Who impersonates a user. */
export interface WorkosSessionImpersonator {
  readonly email?: string;
  readonly reason?: string | null;
  readonly [member: string]: unknown;
}

/** The header of a verified token (RFC 7515, section 4.1), frozen. */
export interface WorkosTokenHeader {
  readonly alg: WorkosAlgorithm;
  readonly kid: string;
  readonly typ?: string;
  readonly [member: string]: unknown;
}

/** A verified token, with what its claims don't say. Frozen. */
export interface WorkosVerifiedToken<
  Custom extends object = WorkosCustomClaims,
  Name extends string | undefined = string | undefined,
> {
  readonly claims: VerifiedClaims<Custom>;
  readonly header: WorkosTokenHeader;
  /** The name of the entry that accepted it; `undefined` for a verifier without entries. */
  readonly name: Name;
}

/**
 * Counters of a verifier, and of the keys it uses. Calls of `verifyWorkosToken` are no verifier's: count
 * them with the tracing channel (`WorkosVerifyEvent`).
 */
export interface WorkosVerifierStats {
  /** Requests for the keys that were started. */
  fetches: number;
  /** Requests that brought no usable key set. */
  fetchFailures: number;
  /** When the keys in memory were fetched, in milliseconds since 1970. */
  lastFetchAt: number | null;
  /** How long the last finished request took, in milliseconds. */
  lastFetchDurationMs: number | null;
  /** Usable keys in memory. */
  keysInMemory: number;
  /** A SHA-256 over the usable keys: equal for equal sets. */
  keySetHash: string | null;
  /** Verifications with keys older than `maxAgeSeconds`. */
  staleServes: number;
  /** Lookups of a `kid` that the set in memory lacked. */
  unknownKidLookups: number;
  /** Snapshots of keys (`jwksCache.snapshot`) that were given for these keys. */
  snapshots: {
    /** Those whose keys were taken. */
    used: number;
    /** Those that were ignored because of a fault. */
    ignored: number;
    /**
     * The last fault: not a snapshot or altered, for another URL, fetched in the future, or past the
     * grace time.
     */
    lastFault: 'damaged' | 'foreign' | 'future' | 'expired' | null;
  };
  /** Tokens and sessions that this verifier accepted. */
  verified: number;
  /** Tokens and sessions that this verifier refused, by code. */
  rejected: { [Code in keyof WorkosTokenErrorByCode]?: number };
  /** The keys of all sources that the process keeps, together. */
  registry: {
    sources: number;
    fetches: number;
    fetchFailures: number;
    keysInMemory: number;
  };
  /** The process's cache of verified tokens. */
  verifiedTokenCache: {
    hits: number;
    entries: number;
    bytes: number;
  };
}

/** Counters of one of several entries, as in `WorkosVerifierStats`. Entries with the same source share its counters. */
export interface WorkosEntryStats<Name extends string = string>
  extends Omit<WorkosVerifierStats, 'rejected' | 'registry' | 'verifiedTokenCache'> {
  name: Name;
}

/**
 * A verifier with its options already checked. Its functions need no `this`:
 * `const { verify } = createWorkosVerifier()` works.
 */
export interface WorkosVerifier<Custom extends object = WorkosCustomClaims> {
  /** Like `verifyWorkosToken` with this verifier's options. */
  verify(this: void, token: string): Promise<VerifiedClaims<Custom>>;
  /** The same, with the token's header along with its claims. */
  verifyDetailed(this: void, token: string): Promise<WorkosVerifiedToken<Custom, undefined>>;
  /**
   * The same as `verify` without waiting: with a fixed `jwks`, or after `ready()`.
   *
   * @throws {WorkosTokenError} with `JWKS_FETCH_FAILED` if no keys are in memory.
   */
  verifySync(this: void, token: string): VerifiedClaims<Custom>;
  /** Like `verifyWorkosSession` with this verifier's options. `WORKOS_COOKIE_PASSWORD` is read once, with the first session. */
  verifySession(this: void, sealed: string): Promise<WorkosSession<Custom>>;
  /**
   * The same without waiting, like `verifySync`.
   *
   * @throws {WorkosTokenError} with `JWKS_FETCH_FAILED` if no keys are in memory.
   */
  verifySessionSync(this: void, sealed: string): WorkosSession<Custom>;
  /**
   * Like `explainWorkosToken` with this verifier's options. Not counted in `stats()` as verified or
   * refused.
   */
  explain(this: void, token: string): Promise<WorkosTokenExplanation>;
  /**
   * Resolves when keys are in memory.
   *
   * @throws {WorkosTokenError} with `JWKS_FETCH_FAILED` if they can't be fetched.
   */
  ready(this: void): Promise<void>;
  /**
   * The keys in memory as a text for `jwksCache.snapshot` of another process. `undefined` if there are
   * none, with a fixed `jwks`, or if they take more than 64 KiB.
   */
  exportKeys(this: void): string | undefined;
  /** Counters of this verifier, and of the keys it uses. */
  stats(this: void): WorkosVerifierStats;
  /**
   * Like `testWorkosConnection` with this verifier's options.
   *
   * @throws {WorkosTokenError} with `INVALID_OPTIONS` for any other option than `token`.
   */
  testConnection(
    this: void,
    options?: { readonly token?: string | undefined },
  ): Promise<WorkosConnectionReport>;
}

/** A session that one of several entries accepted. */
export interface WorkosEntrySession<
  Custom extends object = WorkosCustomClaims,
  Name extends string = string,
> extends WorkosSession<Custom> {
  /** The name of the entry. Not enumerable. */
  readonly name: Name;
}

/**
 * A verifier with several entries, each with a policy, keys and an audience of its own. A token passes if
 * one entry accepts it whole. Its `iss` selects the entries, which are then tried in order. If none accepts
 * it, the error is that of the entry in which it came furthest.
 */
export interface WorkosEntriesVerifier<
  Custom extends object = WorkosCustomClaims,
  Name extends string = string,
> extends Omit<
    WorkosVerifier<Custom>,
    | 'verifyDetailed'
    | 'verifySession'
    | 'verifySessionSync'
    | 'explain'
    | 'exportKeys'
    | 'stats'
    | 'testConnection'
  > {
  /** Like `verify`, with the token's header and the name of the entry that accepted it. */
  verifyDetailed(this: void, token: string): Promise<WorkosVerifiedToken<Custom, Name>>;
  /**
   * Like `verifyWorkosSession`, by the entries with a `cookiePassword` that opens the session. An entry
   * without one uses `WORKOS_COOKIE_PASSWORD`; without that either it takes no sessions, unless no entry
   * has a password (`INVALID_OPTIONS`). Entries with `profile: 'connect'` never take sessions.
   */
  verifySession(this: void, sealed: string): Promise<WorkosEntrySession<Custom, Name>>;
  /**
   * The same without waiting, like `verifySync`.
   *
   * @throws {WorkosTokenError} with `JWKS_FETCH_FAILED` if no keys are in memory.
   */
  verifySessionSync(this: void, sealed: string): WorkosEntrySession<Custom, Name>;
  /**
   * Explains the token by the entry that accepts it, or in which it came furthest, and names it. If no
   * entry has the token's issuer, `name` is `undefined`, and only the checks that are the same for all
   * entries are made.
   */
  explain(
    this: void,
    token: string,
  ): Promise<WorkosTokenExplanation & { readonly name: Name | undefined }>;
  /**
   * The keys of one entry, for its `jwksCache.snapshot`.
   *
   * @throws {WorkosTokenError} with `INVALID_OPTIONS` for a name that no entry has.
   */
  exportKeys(this: void, name: Name): string | undefined;
  /**
   * The counters of all entries together: keys that entries share are counted once, `lastFetchAt` is the
   * latest, and `keySetHash` is `null` if there is more than one key set. `entries` has those of each.
   */
  stats(this: void): WorkosVerifierStats & { entries: WorkosEntryStats<Name>[] };
  /**
   * Tests the connection of each entry. A `token` is reported by the entries that accept it, else by those
   * whose issuer it names.
   *
   * @throws {WorkosTokenError} with `INVALID_OPTIONS` for any other option than `token`.
   */
  testConnection(
    this: void,
    options?: { readonly token?: string | undefined },
  ): Promise<WorkosEntriesConnectionReport<Name>>;
}

/**
 * Proves that a WorkOS access token is genuine, meant for this application and still valid.
 *
 * Resolves with the token's claims, under their own names and frozen, only when every check has
 * passed. Rejects with a `WorkosTokenError` otherwise, whatever is passed.
 *
 * @example
 * const claims = await verifyWorkosToken(token, { clientId: 'client_...' });
 * console.log(claims.sub, claims.org_id);
 */
export declare function verifyWorkosToken<Custom extends object = WorkosCustomClaims>(
  token: string,
  options?: WorkosTokenOptions,
): Promise<VerifiedClaims<Custom>>;

/**
 * Opens the session cookie that `@workos-inc/node`, `authkit-nextjs` and `authkit-session` seal
 * (`wos-session`), and proves that its access token is genuine, meant for this application and still
 * valid, and that the sealed user is the one that the token is for.
 *
 * Resolves only when every check has passed. Rejects with a `WorkosTokenError` otherwise, whatever is
 * passed: with `INVALID_SESSION` if the value can't be opened, and with the codes of
 * `verifyWorkosToken` for the access token in it. It never refreshes: on `TOKEN_EXPIRED` let WorkOS's
 * SDK do that. On `JWKS_FETCH_FAILED` leave the cookie alone, since the session may be good.
 *
 * @example
 * const { claims, user } = await verifyWorkosSession(cookies.get('wos-session')?.value ?? '');
 * console.log(claims.sub, user?.email);
 */
export declare function verifyWorkosSession<Custom extends object = WorkosCustomClaims>(
  sealed: string,
  options?: WorkosTokenOptions,
): Promise<WorkosSession<Custom>>;

/**
 * Checks the options once, and verifies many tokens with them. Later changes to the options object
 * are not seen.
 *
 * @throws {WorkosTokenError} with `INVALID_OPTIONS`.
 */
export declare function createWorkosVerifier<Custom extends object = WorkosCustomClaims>(
  options?: WorkosTokenOptions,
): WorkosVerifier<Custom>;
/**
 * The same with 1 to 32 entries, such as Staging and Production, or the tokens of sessions and those of
 * WorkOS Connect.
 *
 * @throws {WorkosTokenError} with `INVALID_OPTIONS`; the message names the entry.
 *
 * @example
 * const { verifyDetailed } = createWorkosVerifier([
 *   { name: 'production', clientId: 'client_...' },
 *   { name: 'staging', clientId: 'client_...' },
 * ]);
 * const { claims, name } = await verifyDetailed(token);
 */
export declare function createWorkosVerifier<
  Custom extends object = WorkosCustomClaims,
  const Name extends string = string,
>(entries: readonly WorkosEntry<Name>[]): WorkosEntriesVerifier<Custom, Name>;

/** Options of `testWorkosConnection`: those of `verifyWorkosToken`, and a token. */
export interface WorkosConnectionOptions extends WorkosTokenOptions {
  /**
   * An access token to verify with the keys that the test brings. Default: none, and then nothing can
   * be said of the audience.
   */
  readonly token?: string | undefined;
}

/**
 * What a test of the connection found: plain data, deep-frozen, fit for `JSON.stringify`. For people to
 * read on the server; it holds nothing of the token. Of each text from the network at most the first 200
 * characters are repeated, and control characters are replaced.
 */
export type WorkosConnectionReport = ConnectionFacts &
  (
    | { readonly success: true; readonly error: null }
    | { readonly success: false; readonly error: WorkosConnectionError }
  );

/** What a test of several entries found. */
export interface WorkosEntriesConnectionReport<Name extends string = string> {
  /** Whether `success` is `true` for every entry. */
  readonly success: boolean;
  /** The error of the first entry that has one. */
  readonly error: WorkosConnectionError | null;
  /** The report of each entry, in their order. */
  readonly entries: readonly (WorkosConnectionReport & { readonly name: Name })[];
}

interface ConnectionFacts {
  /** Whether a token can be verified now, and whether the one that was given is accepted. */
  readonly success: boolean;
  /** The configured issuer, the first of several. */
  readonly issuer: string;
  /** The URL that the keys were requested from; `null` with a fixed `jwks`. */
  readonly jwksUrl: string | null;
  /** The OpenID discovery document of `issuer` (OpenID Connect Discovery 1.0, section 4). */
  readonly discovery: WorkosDiscovery;
  /** The documents of the other configured issuers, in their order. Of more than ten issuers, the rest is `'skipped'`. */
  readonly otherDiscoveries: readonly WorkosDiscovery[];
  /** The keys of the key set in its order, at most the first 100; empty if there is no key set. */
  readonly keys: readonly WorkosKeyReport[];
  /** How long the request for the keys took, to the last byte or to its failure, in milliseconds; `null` with a fixed `jwks`. */
  readonly latencyMs: number | null;
  /**
   * By how many whole seconds the key server's clock (its `Date` header, RFC 9110, section 6.6.1) is ahead
   * of the one that verification goes by (the option `now`, or the system's): positive if ours is behind,
   * negative if ours is ahead, 0 if the header, which has no fractions, shows no difference. `null` if there
   * is no such header.
   */
  readonly clockSkewSeconds: number | null;
  /** What the response with the keys says of caching; `null` if there was no response. */
  readonly cache: {
    /** `max-age` less `Age`, and 0 for `no-store` and `no-cache` (RFC 9111); `null` without them. */
    readonly maxAgeSeconds: number | null;
    /** The entity tag of the key set. */
    readonly etag: string | null;
  } | null;
  /** The verdict on the token that was given; `null` if none was. */
  readonly token: WorkosTokenReport | null;
  /** What has to be fixed first: the keys, then the discovery document, then the token. `null` if nothing has to. */
  readonly error: WorkosConnectionError | null;
  /** What the test could not see, and what may cause trouble later: whole sentences for people, in no fixed wording. */
  readonly warnings: readonly string[];
}

/**
 * The discovery document of one configured issuer: OpenID Connect's, or with `profile: 'connect'` the
 * authorization server's (RFC 8414). Verification does not use it.
 */
export interface WorkosDiscovery {
  /**
   * - `'ok'`: it names the configured issuer and the JWKS URL.
   * - `'mismatch'`: it names another issuer, or another JWKS URL. This makes `success` false.
   * - `'missing'`: the server has none (status 404). A warning.
   * - `'failed'`: it could not be fetched or read. A warning.
   * - `'skipped'`: it was not requested, and `reason` says why. A warning.
   */
  readonly status: 'ok' | 'mismatch' | 'missing' | 'failed' | 'skipped';
  /** The issuer whose document this is, as it is configured. */
  readonly configuredIssuer: string;
  /**
   * `{issuer}/.well-known/openid-configuration`, or with `profile: 'connect'`
   * `/.well-known/oauth-authorization-server` of the issuer; `null` if it was not requested.
   */
  readonly url: string | null;
  /** `issuer` in the document. */
  readonly issuer: string | null;
  /** `jwks_uri` in the document. */
  readonly jwksUri: string | null;
  /** How long the request took, in milliseconds. */
  readonly latencyMs: number | null;
  /** What is wrong, as part of a sentence; `null` if it is `'ok'`. */
  readonly reason: string | null;
  /** Why the request failed. */
  readonly error: WorkosConnectionCause | null;
}

/** A key of the key set. Members that are missing or of the wrong type are `null`. */
export interface WorkosKeyReport {
  readonly kid: string | null;
  readonly kty: string | null;
  readonly alg: string | null;
  /** The bits of an RSA modulus, or of the curve. */
  readonly sizeBits: number | null;
  readonly use: string | null;
  /** Whether tokens can be verified with it, by an algorithm in `algorithms`. */
  readonly usable: boolean;
  /** Why it is not usable, as part of a sentence. */
  readonly reason: string | null;
}

/** The verdict on a token, without anything that the token holds. */
export interface WorkosTokenReport {
  /** Whether it is accepted. */
  readonly ok: boolean;
  /** The claim that failed. */
  readonly claim: WorkosClaimName | null;
  /** In which way it failed. */
  readonly reason: 'missing' | 'invalid' | 'mismatch' | null;
  /** What `verifyWorkosToken` would reject with. */
  readonly error: WorkosConnectionError | null;
}

/** What is wrong with a connection, as plain data. */
export interface WorkosConnectionError {
  /**
   * The code that `verifyWorkosToken` rejects tokens with, or `'DISCOVERY_MISMATCH'`: the issuer's discovery
   * document names another issuer or another JWKS URL.
   */
  readonly code: WorkosTokenErrorCode | 'DISCOVERY_MISMATCH';
  /** One fact, without text from the token. */
  readonly message: string;
  /** What to do about it: a fixed sentence. */
  readonly hint: string;
  /** Why the keys could not be fetched; `null` for every other code than `JWKS_FETCH_FAILED`. */
  readonly cause: WorkosConnectionCause | null;
}

/** Why a request failed. */
export interface WorkosConnectionCause {
  readonly code: WorkosFetchError['code'];
  readonly message: string;
  /** The HTTP status, if there was one. */
  readonly status: number | null;
}

/**
 * Tests whether tokens can be verified with these options: requests the key set and the issuer's OpenID
 * discovery document over the client that verification uses (proxy, certificates, limits, `timeoutMs`).
 * Both are requests of their own, even if keys are in memory, and nothing that they bring is kept. With a
 * fixed `jwks` there is no request.
 *
 * An outage is a result. Never takes longer than `jwksCache.timeoutMs`.
 *
 * @example
 * const { success, error, warnings } = await testWorkosConnection({ clientId: 'client_...' });
 * if (!success) console.error(error.code, error.message, error.hint);
 *
 * @throws {WorkosTokenError} (as a rejection) with `INVALID_OPTIONS`.
 */
export declare function testWorkosConnection(
  options?: WorkosConnectionOptions,
): Promise<WorkosConnectionReport>;

/** A claim that a check is about. */
export type WorkosClaimName =
  | 'exp'
  | 'nbf'
  | 'iat'
  | 'iss'
  | 'aud'
  | 'sub'
  | 'client_id'
  | 'org_id'
  | 'role'
  | 'roles'
  | 'permissions'
  | 'entitlements'
  | 'feature_flags'
  | 'act'
  | 'auth_time'
  | 'sid'
  | 'scope'
  | 'cnf';

/**
 * The claims of a refused token. Its signature was valid, but the checks stopped before all types were
 * known: look at a value before you use it.
 */
export type RefusedClaims = { readonly [Name in keyof WorkosClaims]?: unknown } & Readonly<
  Record<string, unknown>
>;

/** What all errors have in common. */
interface Refusal extends Error {
  readonly name: 'WorkosTokenError';
  /** What to do about it: a fixed sentence, without text from the token. For developers, not for clients. */
  readonly hint: string;
  /** The HTTP status. */
  readonly status: 400 | 401 | 403 | 500 | 503;
  /** The same as `status`. */
  readonly statusCode: 400 | 401 | 403 | 500 | 503;
  /** `WWW-Authenticate` or `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;
  /** `false`: frameworks do not show the message to clients. */
  readonly expose: boolean;
  /** Whether the same token may be accepted a little later. */
  readonly retryable: boolean;
  /** The claim that failed. */
  readonly claim?: WorkosClaimName;
  /** In which way it failed: it is absent, of the wrong type or form, or not what is asked for. */
  readonly reason?: 'missing' | 'invalid' | 'mismatch';
  /** What the check asks for. Not enumerable. */
  readonly expected?: unknown;
  /** What the token holds. Not enumerable. */
  readonly actual?: unknown;
  /** The token's claims, if its signature was valid. Not enumerable. */
  readonly claims?: RefusedClaims;
  /** Seconds to wait before trying again; may be a fraction (`Retry-After` is rounded up). */
  readonly retryAfterSeconds?: number;
  /** Why fetching the keys failed: an error whose `code` is a stable name. */
  readonly cause?: WorkosFetchError;
  /** The response of a Fetch handler. */
  getResponse(): Response;
}

/** A token that is refused for one of its claims, after its signature was found to be good. */
interface ClaimRefusal extends Refusal {
  readonly claim: WorkosClaimName;
  readonly reason: 'missing' | 'invalid' | 'mismatch';
  readonly claims: RefusedClaims;
}

interface MalformedToken extends Refusal {
  /** - `MALFORMED_TOKEN`: the token is not three strict base64url segments, or its header or payload is not a strict JSON object; from the adapters, no token or a malformed `Authorization` header too. */
  readonly code: 'MALFORMED_TOKEN';
  readonly status: 400 | 401;
  readonly statusCode: 400 | 401;
}

interface UnsupportedAlgorithm extends Refusal {
  /** - `UNSUPPORTED_ALGORITHM`: the token's `alg` is not in `algorithms`. */
  readonly code: 'UNSUPPORTED_ALGORITHM';
  readonly status: 401;
  readonly statusCode: 401;
}

interface UnknownKey extends Refusal {
  /** - `UNKNOWN_KEY`: the key set is available and has no usable key with the token's `kid`. With `retryAfterSeconds` if the set was not fetched again because of the cooldown. */
  readonly code: 'UNKNOWN_KEY';
  readonly status: 401;
  readonly statusCode: 401;
}

interface InvalidSignature extends Refusal {
  /** - `INVALID_SIGNATURE`: the token was not signed with the key that it names, or it was changed. */
  readonly code: 'INVALID_SIGNATURE';
  readonly status: 401;
  readonly statusCode: 401;
}

interface TokenExpired extends ClaimRefusal {
  /** - `TOKEN_EXPIRED`: the time in `exp` has passed. */
  readonly code: 'TOKEN_EXPIRED';
  readonly claim: 'exp';
  readonly status: 401;
  readonly statusCode: 401;
}

interface TokenNotYetValid extends ClaimRefusal {
  /** - `TOKEN_NOT_YET_VALID`: the time in `nbf` is in the future. */
  readonly code: 'TOKEN_NOT_YET_VALID';
  readonly claim: 'nbf';
  readonly status: 401;
  readonly statusCode: 401;
}

interface InvalidIssuer extends Refusal {
  /** - `INVALID_ISSUER`: `iss` is missing, not a string, or not one of `issuer`. Without `claims` if the key is unknown too: the signature was not checked then. */
  readonly code: 'INVALID_ISSUER';
  readonly claim: 'iss';
  readonly reason: 'missing' | 'invalid' | 'mismatch';
  readonly status: 401;
  readonly statusCode: 401;
}

interface InvalidAudience extends ClaimRefusal {
  /** - `INVALID_AUDIENCE`: `aud` is missing, of the wrong type, or holds none of `audience`. */
  readonly code: 'INVALID_AUDIENCE';
  readonly claim: 'aud';
  readonly status: 401;
  readonly statusCode: 401;
}

interface InvalidSubject extends ClaimRefusal {
  /** - `INVALID_SUBJECT`: `sub` is missing, not a string, empty, or of another kind than asked for: a machine's for a user's. */
  readonly code: 'INVALID_SUBJECT';
  readonly claim: 'sub';
  readonly status: 401;
  readonly statusCode: 401;
}

interface InvalidClaim extends ClaimRefusal {
  /** - `INVALID_CLAIM`: any other claim of the wrong type, a missing `exp`, or another `client_id`; a Connect token where a session's is asked for, or the reverse; a Connect token with `cnf` or without `client_id`. */
  readonly code: 'INVALID_CLAIM';
  readonly status: 401;
  readonly statusCode: 401;
}

interface ForbiddenOrganization extends ClaimRefusal {
  /** - `FORBIDDEN_ORGANIZATION`: `org_id` is not one of `organizationId`. */
  readonly code: 'FORBIDDEN_ORGANIZATION';
  readonly claim: 'org_id';
  readonly status: 403;
  readonly statusCode: 403;
}

interface MissingPermission extends ClaimRefusal {
  /** - `MISSING_PERMISSION`: the token lacks one of `permissions`, `entitlements`, `featureFlags` or `scopes`, or has none of `roles`. */
  readonly code: 'MISSING_PERMISSION';
  readonly status: 403;
  readonly statusCode: 403;
}

interface ImpersonationDenied extends ClaimRefusal {
  /** - `IMPERSONATION_DENIED`: the token belongs to an impersonation session, and `impersonation` is `'deny'`. */
  readonly code: 'IMPERSONATION_DENIED';
  readonly claim: 'act';
  readonly status: 403;
  readonly statusCode: 403;
}

interface InvalidSession extends Refusal {
  /** - `INVALID_SESSION`: the sealed session is empty, is not in the sealed form, can't be opened with `cookiePassword`, or its user is not the one of its access token (then with `claims`). */
  readonly code: 'INVALID_SESSION';
  readonly reason: 'missing' | 'invalid' | 'mismatch';
  readonly status: 401;
  readonly statusCode: 401;
}

interface ReauthenticationRequired extends ClaimRefusal {
  /** - `REAUTHENTICATION_REQUIRED`: `auth_time` is missing or longer ago than `maxAuthAgeSeconds`. The response has the challenge of RFC 9470. */
  readonly code: 'REAUTHENTICATION_REQUIRED';
  readonly claim: 'auth_time';
  readonly status: 401;
  readonly statusCode: 401;
}

interface CrossSiteRequest extends Refusal {
  /** - `CROSS_SITE_REQUEST`: another site sent a request that changes something, with a session cookie. From the adapters alone. */
  readonly code: 'CROSS_SITE_REQUEST';
  readonly status: 403;
  readonly statusCode: 403;
}

interface JwksFetchFailed extends Refusal {
  /** - `JWKS_FETCH_FAILED`: the keys could not be fetched; `cause` says why. Says nothing about the token: do not sign the user out. */
  readonly code: 'JWKS_FETCH_FAILED';
  readonly cause: WorkosFetchError;
  readonly retryAfterSeconds: number;
  readonly status: 503;
  readonly statusCode: 503;
}

interface InvalidOptions extends Refusal {
  /** - `INVALID_OPTIONS`: the options, or the variables of the environment, are wrong. */
  readonly code: 'INVALID_OPTIONS';
  readonly status: 500;
  readonly statusCode: 500;
}

/** The error of each code. */
export interface WorkosTokenErrorByCode {
  /** The token is not three strict base64url segments, or its header or payload is not a strict JSON object; from the adapters, no token or a malformed `Authorization` header too. */
  MALFORMED_TOKEN: MalformedToken;
  /** The token's `alg` is not in `algorithms`. */
  UNSUPPORTED_ALGORITHM: UnsupportedAlgorithm;
  /** The key set is available and has no usable key with the token's `kid`. With `retryAfterSeconds` if the set was not fetched again because of the cooldown. */
  UNKNOWN_KEY: UnknownKey;
  /** The token was not signed with the key that it names, or it was changed. */
  INVALID_SIGNATURE: InvalidSignature;
  /** The time in `exp` has passed. */
  TOKEN_EXPIRED: TokenExpired;
  /** The time in `nbf` is in the future. */
  TOKEN_NOT_YET_VALID: TokenNotYetValid;
  /** `iss` is missing, not a string, or not one of `issuer`. Without `claims` if the key is unknown too: the signature was not checked then. */
  INVALID_ISSUER: InvalidIssuer;
  /** `aud` is missing, of the wrong type, or holds none of `audience`. */
  INVALID_AUDIENCE: InvalidAudience;
  /** `sub` is missing, not a string, empty, or of another kind than asked for: a machine's for a user's. */
  INVALID_SUBJECT: InvalidSubject;
  /** Any other claim of the wrong type, a missing `exp`, or another `client_id`; a Connect token where a session's is asked for, or the reverse; a Connect token with `cnf` or without `client_id`. */
  INVALID_CLAIM: InvalidClaim;
  /** `org_id` is not one of `organizationId`. */
  FORBIDDEN_ORGANIZATION: ForbiddenOrganization;
  /** The token lacks one of `permissions`, `entitlements`, `featureFlags` or `scopes`, or has none of `roles`. */
  MISSING_PERMISSION: MissingPermission;
  /** The token belongs to an impersonation session, and `impersonation` is `'deny'`. */
  IMPERSONATION_DENIED: ImpersonationDenied;
  /** The sealed session is empty, is not in the sealed form, can't be opened with `cookiePassword`, or its user is not the one of its access token (then with `claims`). */
  INVALID_SESSION: InvalidSession;
  /** `auth_time` is missing or longer ago than `maxAuthAgeSeconds`. The response has the challenge of RFC 9470. */
  REAUTHENTICATION_REQUIRED: ReauthenticationRequired;
  /** Another site sent a request that changes something, with a session cookie. From the adapters alone. */
  CROSS_SITE_REQUEST: CrossSiteRequest;
  /** The keys could not be fetched; `cause` says why. Says nothing about the token: do not sign the user out. */
  JWKS_FETCH_FAILED: JwksFetchFailed;
  /** The options, or the variables of the environment, are wrong. */
  INVALID_OPTIONS: InvalidOptions;
}

/** The codes of `WorkosTokenError`. */
export type WorkosTokenErrorCode = keyof WorkosTokenErrorByCode;

/**
 * Why a token was refused. Its `code` tells what else it has. `instanceof` holds across every copy of
 * this package in a program. Left uncaught in Express 5, Fastify 5, Hono 4 or Koa 3 it gives the right
 * response (RFC 6750).
 */
export type WorkosTokenError = WorkosTokenErrorByCode[WorkosTokenErrorCode];

/** The class of all errors of this package, for `instanceof`. Only the package makes them. */
export declare const WorkosTokenError: WorkosTokenErrorClass;

interface WorkosTokenErrorClass extends Function {
  readonly prototype: WorkosTokenError;
  [Symbol.hasInstance](value: unknown): value is WorkosTokenError;
}

/** Why fetching the keys failed. */
export interface WorkosFetchError extends Error {
  readonly code:
    | 'NOT_FETCHED'
    | 'OUTDATED'
    | 'TOO_MANY_WAITING'
    | 'DNS'
    | 'CONNECT'
    | 'PROXY'
    | 'TLS_UNKNOWN_ISSUER'
    | 'TLS_SELF_SIGNED'
    | 'TLS_NO_SUBJECT_ALT_NAME'
    | 'TLS_EXPIRED'
    | 'TLS_WRONG_NAME'
    | 'TLS'
    | 'NO_TRUST_ROOTS'
    | 'TIMEOUT'
    | 'INTERRUPTED'
    | 'EXHAUSTED'
    | 'NOT_HTTP'
    | 'CONTENT_ENCODING'
    | 'STATUS'
    | 'REDIRECT'
    | 'TOO_LARGE'
    | 'NOT_JSON'
    | 'NOT_A_KEY_SET'
    | 'NO_USABLE_KEY'
    | 'INTERNAL';
  /** The HTTP status, if there was one. */
  readonly status?: number;
}

/**
 * Explains to a developer why a token is accepted or refused: makes every check that can be made, also
 * after one has failed, and shows what it asks for and what the token holds.
 *
 * The checks are those of `verifyWorkosToken`, in the same order, so `code` is always the code of the
 * error with which it rejects. If the token's key is not in memory it is fetched, as for
 * `verifyWorkosToken`. Remembered tokens play no part.
 *
 * Resolves for whatever is passed as the token. Rejects only for wrong options.
 *
 * A string that begins with `Fe26.2` is explained as a sealed session, with the codes of
 * `verifyWorkosSession`: the check `seal` comes before those of the access token in it, and `user` after
 * them. If there is no usable cookie password, `code` is `INVALID_OPTIONS` and no check is made.
 *
 * For people to read on the server. **Never send it in an HTTP response**, and keep it out of logs that
 * may not hold personal data: `header`, `claims`, `expected` and `actual` hold text from the token,
 * which anyone can have written if `verified` is false. They hold no segment of the token itself, and
 * an explanation is never longer than 64 kB of JSON: long values are cut off.
 *
 * @throws {WorkosTokenError} with `INVALID_OPTIONS`.
 *
 * @example
 * const { code, hint, checks } = await explainWorkosToken(token, { clientId: 'client_...' });
 * console.log(code, hint, checks.filter((check) => check.ok === false));
 */
export declare function explainWorkosToken(
  token: string,
  options?: WorkosTokenOptions,
): Promise<WorkosTokenExplanation>;

/** Why a token is accepted or refused. Deep-frozen. */
export interface WorkosTokenExplanation {
  /** Whether `verify` accepts the token. */
  readonly ok: boolean;
  /** The code of the error with which `verify` refuses it: that of the first check that failed. `undefined` if it is accepted. */
  readonly code: WorkosTokenErrorCode | undefined;
  /** The message of that error: one fact, without text from the token. */
  readonly message: string | undefined;
  /** The hint of that error: what to do, a fixed sentence. */
  readonly hint: string | undefined;
  /** Whether the signature was verified. If it wasn't, `header` and `claims` may be forged. */
  readonly verified: boolean;
  /** The length of the token, or of the sealed session, in bytes of UTF-8; 0 for what is not a string. */
  readonly sizeBytes: number;
  /** Members of the header, as far as they are strings. `null` if it can't be read. */
  readonly header: { readonly alg?: string; readonly kid?: string; readonly typ?: string } | null;
  /** The payload, of unchecked types. `null` if it can't be read. */
  readonly claims: RefusedClaims | null;
  /** The checks, in the order in which `verify` makes them. */
  readonly checks: readonly WorkosTokenCheck[];
  /**
   * What refuses nothing but deserves attention, such as a clock that is behind, a token that is about
   * to expire, or keys that are past their lifetime. Fixed sentences with numbers.
   */
  readonly remarks: readonly string[];
  /** The entry that it is about, if there are several; `undefined` if no entry has the token's issuer. */
  readonly name?: string | undefined;
  /** As on `WorkosTokenError`: seconds to wait before trying again. */
  readonly retryAfterSeconds?: number;
  /** As on `WorkosTokenError`: why fetching the keys failed. */
  readonly cause?: WorkosFetchError;
}

/** A check of an explanation. Those that an option asks for are there only with that option. */
export interface WorkosTokenCheck {
  /**
   * What is checked. `form`: three strict base64url segments, header and payload strict JSON objects.
   * `alg`: on the allow-list. `header`: `kid`, `crit`, `b64` and `typ`. `key`: the key set has a usable
   * key for the token. `signature`. The others are claims.
   *
   * Of a sealed session, also `seal`: it has the form of a seal, has not expired, and a cookie password
   * opens it. `user`: the `id` of the sealed user is the token's `sub`; not there without a user.
   */
  readonly check: WorkosTokenCheckName;
  /** Whether it passed. `null` if it could not be made; `message` then says why. */
  readonly ok: boolean | null;
  /**
   * What the check asks for: the allowed values, for `key` the `kid`s of the usable keys (20 at most),
   * for `exp` the time that it must be later than, for `nbf` the latest time, in seconds since 1970.
   */
  readonly expected?: unknown;
  /** What the token holds. */
  readonly actual?: unknown;
  /** What is wrong: one fact, without text from the token. `null` if it passed. */
  readonly message: string | null;
  /** What to do about it, a fixed sentence. `null` if it didn't fail. */
  readonly hint: string | null;
}

/** The names of the checks. More are added along with options. */
export type WorkosTokenCheckName =
  | 'seal'
  | 'user'
  | 'form'
  | 'alg'
  | 'header'
  | 'key'
  | 'signature'
  | Exclude<WorkosClaimName, 'role'>;

/**
 * What listeners of the tracing channel `verify-workos-token.verify` get for one call
 * (`node:diagnostics_channel`, `tracingChannel`): one object from `start` to `asyncEnd`, or to `end`
 * for `verifySync`. It never holds a token or personal data. What a listener changes in it has no
 * effect on the call.
 *
 * `start` and `end` enclose what is done at once; `error` (for a refusal), `asyncStart` and
 * `asyncEnd` follow when the promise is settled. For `verifySync`, `error` comes before `end`.
 */
export interface WorkosVerifyEvent {
  /** The function that was called; the adapters call `verify`, with several entries `verifyDetailed`. */
  readonly method:
    | 'verifyWorkosToken'
    | 'verify'
    | 'verifyDetailed'
    | 'verifySync'
    | 'verifyWorkosSession'
    | 'verifySession'
    | 'verifySessionSync';
  /** From `error`, `asyncStart` or (`verifySync`) `end` on, like all that follows. */
  readonly outcome?: 'accepted' | 'refused';
  /** The code of a refusal. */
  readonly code?: WorkosTokenErrorCode;
  /** The name of the entry that accepted it, if there are several. */
  readonly name?: string;
  /**
   * Where the keys behind the answer came from:
   * - `fixed`: the option `jwks`
   * - `memory`: keys in memory
   * - `stale`: keys in memory that are older than `maxAgeSeconds`
   * - `fetch`: a request that this call waited for
   * - `token cache`: the signature was verified before, and its key may still be used
   *
   * Absent if no key set had a part in the answer: a malformed token, or keys that are unavailable.
   */
  readonly source?: 'fixed' | 'memory' | 'stale' | 'fetch' | 'token cache';
  /** The hash of that key set, as in `stats()`. */
  readonly keySetHash?: string;
  /** How long the call took, in milliseconds, with fractions. */
  readonly durationMs?: number;
  /** The refusal, without the token's claims. */
  readonly error?: WorkosEventError;
}

/** An error in an event: fixed texts, which can be logged. */
export interface WorkosEventError {
  readonly name: string;
  /** A `WorkosTokenErrorCode`, or in a `WorkosRequestEvent` the code of a `WorkosFetchError`. */
  readonly code?: WorkosTokenErrorCode | WorkosFetchError['code'];
  /** One fact. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** The HTTP status of the key server. */
  readonly status?: number;
  /** Why fetching the keys failed. */
  readonly cause?: {
    readonly code: WorkosFetchError['code'];
    readonly message: string;
    readonly status?: number;
  };
}

/**
 * What listeners of the tracing channel `verify-workos-token.jwks` get. The keys belong to the
 * process, so every thread that listens is told of all of them.
 *
 * A thread is told with its next call of this package (`verify`, `verifySync`, `ready`, `stats`), and
 * when one of its calls is settled, of what happened since the last time. Its first call with a
 * listener is where that begins. The times are those at which it happened. Up to 1,024 events are kept
 * for a thread that makes no calls.
 */
export type WorkosJwksEvent =
  | WorkosRequestEvent
  | WorkosKeyEvent
  | WorkosStaleServeEvent
  | WorkosBackOffEvent;

interface JwksEvent {
  /** The number of the event in the process. A gap shows that some were dropped. */
  readonly sequence: number;
  /** The number of the key source in the process: one URL with another `ca` or proxy is another. */
  readonly entry: number;
  /** The URL of the keys. */
  readonly jwksUrl: string;
  /** The number of the source's last request, from 1. */
  readonly request: number;
}

/** A request for the keys. `start` and `end`, then `error` if it failed, `asyncStart` and `asyncEnd`. */
export interface WorkosRequestEvent extends JwksEvent {
  readonly event: 'request';
  /** `unknown kid`: a token named a key that the set lacks. `renewal`: the keys are missing or age. */
  readonly reason: 'renewal' | 'unknown kid';
  /** In milliseconds since 1970. */
  readonly startedAt: number;
  /** From `error` or `asyncStart` on, like all that follows. In milliseconds since 1970. */
  readonly endedAt?: number;
  readonly durationMs?: number;
  /** `not modified`: the server confirmed the set (HTTP 304). */
  readonly outcome?: 'fetched' | 'not modified' | 'failed';
  /** The hash of the key set, as in `stats()`. */
  readonly keySetHash?: string;
  /** How many usable keys are new. */
  readonly keysAdded?: number;
  /** How many usable keys are gone. */
  readonly keysRemoved?: number;
  /** Why it failed. */
  readonly code?: WorkosFetchError['code'];
  readonly error?: WorkosEventError;
}

/** A key came with a response, or is no longer in it; at most 64 per response. `start` and `end`. */
export interface WorkosKeyEvent extends JwksEvent {
  readonly event: 'key added' | 'key removed';
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** Cut after 256 bytes. */
  readonly kid: string;
  /** RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string;
}

/**
 * Keys older than `maxAgeSeconds` began to serve. Told once, until a request has ended; `stats()` has
 * the count. `start` and `end`.
 */
export interface WorkosStaleServeEvent extends JwksEvent {
  readonly event: 'stale serve';
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** How long ago the keys were fetched, in milliseconds. */
  readonly ageMs: number;
}

/** A request failed, and delays the next one. `start` and `end`. */
export interface WorkosBackOffEvent extends JwksEvent {
  readonly event: 'back-off';
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** For how long, in milliseconds. */
  readonly pauseMs: number;
  /** How many requests failed in a row. */
  readonly failures: number;
}

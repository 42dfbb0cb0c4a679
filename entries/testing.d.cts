/// <reference lib="esnext.disposable" />

import type { WorkosAlgorithm } from '../index.cjs';

/** The algorithms a test issuer can sign with. */
export type TestAlgorithm = WorkosAlgorithm;

/**
 * The ways in which the key endpoint can fail. The discovery document fails with it, except in
 * `'empty'`.
 *
 * - `'refuse'`: connections are refused, and those that were open are ended. The port stays the
 *   issuer's own: the endpoint is back on it after `outage(null)`.
 * - `'hang'`: requests are accepted and never answered.
 * - `'drip'`: the right headers at once, then the right body at one byte every 300 ms (a key set
 *   takes about a minute or two). Real time, whatever fake timers say.
 * - `'status-500'`, `'status-404'`: that status, with a JSON body.
 * - `'html'`: status 200 with an HTML page, as a captive portal or a proxy's maintenance page
 *   gives.
 * - `'empty'`: status 200 with `{"keys":[]}`.
 */
export type TestOutageMode =
  | 'refuse'
  | 'hang'
  | 'drip'
  | 'status-500'
  | 'status-404'
  | 'html'
  | 'empty';

/**
 * Options of {@link createTestIssuer}. Any other, or one of the wrong type, is a `TypeError` that
 * names it.
 */
export interface TestIssuerOptions {
  /**
   * The WorkOS client id: the `client_id` claim, and part of the URLs. Default: `'client_test'`.
   */
  clientId?: string | undefined;
  /**
   * The `iss` claim. Default: `https://api.workos.com/user_management/{clientId}`. An http URL on
   * `127.0.0.1` or `localhost` with a port is where `listen()` serves the keys, and the discovery
   * document below it.
   */
  issuer?: string | undefined;
  /**
   * The `aud` claim. Default: `clientId`, as in an environment whose JWT template adds it. `null`
   * leaves the claim out, as WorkOS does without such a template.
   */
  audience?: string | readonly string[] | null | undefined;
  /** What the tokens are signed with. WorkOS uses the default: `'RS256'`. */
  algorithm?: TestAlgorithm | undefined;
  /**
   * What `seal` and `cookie` seal sessions with: 32 to 1024 characters. There is no default, and
   * without one these two functions fail.
   */
  cookiePassword?: string | undefined;
  /**
   * The AuthKit domain, the issuer of Connect tokens: `acme.authkit.app`, or an origin. Default: the
   * issuer's own origin while it listens, which clients of OAuth and MCP can use as an authorization
   * server, and `https://test.authkit.app` otherwise.
   */
  authkitDomain?: string | undefined;
  /**
   * The `aud` claim of the Connect tokens of users: the URI of the resource (RFC 8707). Default:
   * `'https://mcp.example.com/mcp'`.
   */
  resource?: string | undefined;
}

/** Claims of a test token, by the names in the token (`org_id`, not `orgId`). */
export interface TestClaims {
  readonly [claim: string]: unknown;
}

/**
 * Options of {@link TestIssuer.sign}. Any other, or one of the wrong type, is a `TypeError` that
 * names it.
 */
export interface TestSignOptions {
  /**
   * Header members, merged over `alg` and `kid`; one that is `undefined` is left out. They change
   * what the header says and not how the token is signed: that is always the issuer's algorithm and
   * key.
   */
  header?: { readonly [member: string]: unknown } | undefined;
  /**
   * The token's life in seconds, from `now`. Zero or less gives a token that has expired. Default:
   * `300`.
   */
  expiresInSeconds?: number | undefined;
  /**
   * The present in Unix seconds (not milliseconds). Default: `Date.now() / 1000`, rounded down,
   * read at each call.
   */
  now?: number | undefined;
}

/**
 * Options of {@link TestIssuer.seal}: what is sealed along with the access token, and the options of
 * {@link TestIssuer.sign}. Any other, or one of the wrong type, is a `TypeError` that names it.
 */
export interface TestSealOptions extends TestSignOptions {
  /**
   * Members of the sealed user, merged over those of a default user whose `id` is the token's `sub`.
   * `null` seals no user.
   */
  user?: { readonly [member: string]: unknown } | null | undefined;
  /** The sealed refresh token. Default: a random text. */
  refreshToken?: string | undefined;
  /** How the user signed in. Default: `'Password'`. */
  authenticationMethod?: string | undefined;
  /** Who impersonates the user. Default: nobody. */
  impersonator?: { readonly email: string; readonly reason: string | null } | undefined;
}

/** Options of {@link TestIssuer.cookie}. */
export interface TestCookieOptions extends TestSealOptions {
  /** The name of the cookie. Default: `'wos-session'`. */
  cookieName?: string | undefined;
}

/**
 * A public key of the issuer. RSA keys have `n` and `e`; EC keys `crv`, `x` and `y`; Ed25519 keys
 * `crv` and `x`.
 */
export type TestJwk = {
  kty: string;
  kid: string;
  alg: TestAlgorithm;
  use: 'sig';
  n?: string;
  e?: string;
  crv?: string;
  x?: string;
  y?: string;
};

/**
 * What {@link TestIssuer.options} gives: options for `verifyWorkosToken` and every other function
 * of the package.
 */
export type TestVerifyOptions = {
  clientId: string;
  issuer: string;
  audience: string | string[] | null;
  /** Only when the issuer's algorithm is not RS256, which is what is allowed by default. */
  algorithms?: TestAlgorithm[];
  /** Only when the issuer has one. */
  cookiePassword?: string;
  /** The present key set, unless the issuer listens. */
  jwks?: { keys: TestJwk[] };
  /** The key endpoint, while the issuer listens. */
  jwksUrl?: string;
  /**
   * With `jwksUrl` only: the shortest cooldown there is, so that a test which rotates keys needn't
   * wait.
   */
  jwksCache?: { cooldownSeconds: number };
};

/**
 * What {@link TestIssuer.connectOptions} gives: options with `profile: 'connect'` for
 * `verifyWorkosToken`, `createMcpResource` and every other function of the package.
 */
export type TestConnectOptions = {
  profile: 'connect';
  authkitDomain: string;
  resource: string;
  /** Only when the issuer's algorithm is not RS256, which is what is allowed by default. */
  algorithms?: TestAlgorithm[];
  /** The present key set, unless the issuer listens. */
  jwks?: { keys: TestJwk[] };
  /** The key endpoint, while the issuer listens. */
  jwksUrl?: string;
  /**
   * With `jwksUrl` only: the shortest cooldown there is, so that a test which rotates keys needn't
   * wait.
   */
  jwksCache?: { cooldownSeconds: number };
};

/** What {@link TestIssuer.env} gives: variables for `process.env` or for a child process. */
export type TestEnvironment = {
  WORKOS_CLIENT_ID: string;
  WORKOS_API_HOSTNAME: string;
  WORKOS_API_PORT: string;
  WORKOS_API_HTTPS: 'false';
  /** Only when the issuer has one. */
  WORKOS_COOKIE_PASSWORD?: string;
  /** The issuer's own origin. Only when no `authkitDomain` was given. */
  WORKOS_AUTHKIT_DOMAIN?: string;
};

/**
 * An issuer inside the test process. Its methods need no `this`: `const { sign } =
 * createTestIssuer()` works.
 */
export interface TestIssuer {
  /** The client id. */
  readonly clientId: string;
  /** The `iss` claim of the tokens. It changes when {@link TestIssuer.env} is first read. */
  readonly issuer: string;
  /** The `aud` claim of the tokens; `null` when they have none. */
  readonly audience: string | readonly string[] | null;
  /** The `aud` claim of the Connect tokens of users. */
  readonly resource: string;
  /**
   * The public key set as it is now, in WorkOS's shape (without certificates): a new copy at each
   * reading.
   */
  readonly jwks: { keys: TestJwk[] };
  /**
   * `http://127.0.0.1:{port}/sso/jwks/{clientId}` while the issuer listens (during every outage
   * too), otherwise `null`.
   */
  readonly jwksUrl: string | null;
  /**
   * Options that make the package trust this issuer: with the key set itself until `listen()`, with
   * the URL of the key endpoint from then on until `close()`. A new object at each reading. Add to
   * them as you like: `{ ...issuer.options, organizationId: 'org_123' }`.
   */
  readonly options: TestVerifyOptions;
  /**
   * Options with `profile: 'connect'` that make the package trust this issuer's Connect tokens: with
   * the key set itself until `listen()`, with the URL of the key endpoint from then on until `close()`.
   * Without the option `authkitDomain`, the AuthKit domain changes with them, and tokens signed earlier
   * still name the earlier one. A new object at each reading. Add to them as you like:
   * `{ ...issuer.connectOptions, scopes: ['notes:read'] }`.
   */
  readonly connectOptions: TestConnectOptions;
  /**
   * Environment variables that make code without options trust this issuer, in this process or in
   * another one. `@workos-inc/authkit-nextjs` reads them too. A new object at each reading, from a
   * property that is not enumerable:
   * `spawn('node', ['server.js'], { env: { ...process.env, ...issuer.env } })`.
   *
   * Such code expects the `iss` that follows from the address of the keys,
   * `http://127.0.0.1:{port}/user_management/{clientId}`. So from the first reading on, the tokens,
   * `issuer`, `options` and the discovery document name that one, unless you passed an `issuer`.
   * Tokens signed earlier still name the earlier one.
   *
   * @throws {Error} until `listen()` has resolved, and after `close()`.
   */
  readonly env: TestEnvironment;

  /**
   * Signs a token of the shape of WorkOS's access tokens: header `alg` and `kid` alone; claims
   * `iss`, `aud`, `sub`, `sid`, `jti`, `client_id`, `auth_time`, `iat` and `exp`. One issuer is one
   * person (`sub`) in one session (`sid`); every token has a `jti` of its own. There is no
   * organization until you name one (`org_id`, `role`, `permissions`).
   *
   * @param claims Merged over the claims above. One that is `undefined` is left out of the token.
   * @throws {TypeError} (as a rejection) when an argument is not what it should be.
   */
  sign(this: void, claims?: TestClaims, options?: TestSignOptions): Promise<string>;
  /**
   * Signs a token of the shape that WorkOS Connect gives applications and MCP clients for a user: `iss`
   * is the AuthKit domain, `aud` the resource, `client_id` a third-party application, `sid` the id of
   * a consent, `scope` `openid profile email`. The user is that of `sign`.
   *
   * @param claims Merged over these claims. One that is `undefined` is left out of the token.
   * @throws {TypeError} (as a rejection) when an argument is not what it should be.
   */
  signConnect(this: void, claims?: TestClaims, options?: TestSignOptions): Promise<string>;
  /**
   * The same of the shape of a machine's token: `sub` and `client_id` are the machine's application,
   * `org_id` is its organization, and `aud` is the client id of the environment. There is no `sid`, and
   * no `scope` until you name one.
   *
   * @throws {TypeError} (as a rejection) when an argument is not what it should be.
   */
  signMachine(this: void, claims?: TestClaims, options?: TestSignOptions): Promise<string>;
  /** A token that is right in everything, but expired a day ago: past any clock tolerance. */
  expired(this: void): Promise<string>;
  /**
   * A forged token: right in everything, with the `kid` of the present key, but signed with a key
   * that is not the issuer's.
   */
  wrongKey(this: void): Promise<string>;

  /**
   * Seals a session with a new access token, exactly as WorkOS's SDKs for JavaScript do:
   * `@workos-inc/node`, `authkit-nextjs` and `authkit-session` open it with the same password.
   *
   * @param claims Claims of the access token, as for `sign`.
   * @throws {TypeError} (as a rejection) when an argument is not what it should be, or when the issuer
   * has no `cookiePassword`.
   */
  seal(this: void, claims?: TestClaims, options?: TestSealOptions): Promise<string>;
  /**
   * The same as a pair for the `Cookie` header of a request: `wos-session=Fe26.2*...`.
   *
   * @throws {TypeError} (as a rejection) like `seal`.
   */
  cookie(this: void, claims?: TestClaims, options?: TestCookieOptions): Promise<string>;

  /**
   * Signs with a new key from now on, and returns its `kid`. The new key joins the published set;
   * the old one stays there, so that tokens signed before remain valid, until `withdraw` is called
   * with its `kid`.
   */
  rotate(this: void): string;
  /**
   * Takes a key out of the published set. When it is the present one, tokens go on being signed
   * with it, until `rotate()`: they are what a verifier must refuse.
   *
   * A verifier that has the key in memory learns of this with its next fetch. To see that at once,
   * `rotate()` and verify a token of the new key first: the key that it doesn't know makes it fetch
   * the set.
   *
   * @throws {RangeError} when no key of the set has this `kid`.
   */
  withdraw(this: void, kid: string): void;

  /**
   * Makes the key endpoint fail in the given way, or with `null` work again. What the promise waits
   * for is the port: await it with `'refuse'`, and with whatever ends that. Every other mode is in
   * force at once, for requests that arrive from then on; one that already hangs or drips goes on
   * so. May be called before `listen()`, to start in an outage.
   *
   * @throws {TypeError} at once, naming the modes, when the mode is none of them.
   * @returns A promise that resolves when the mode is in force. It rejects (`EADDRINUSE`) in the
   * unlikely case that the system has given the refusing port to something else for more than two
   * seconds.
   */
  outage(this: void, mode: TestOutageMode | null): Promise<void>;
  /**
   * How many HTTP requests for the key set have arrived since `listen()`, answered or not. A
   * refused connection sends no request, so none is counted during `'refuse'`.
   */
  requests(this: void): number;

  /**
   * Serves the key set at `jwksUrl`, on a free port of 127.0.0.1 or on the one that `issuer` names,
   * and an OpenID discovery document at
   * `/user_management/{clientId}/.well-known/openid-configuration` and, if `issuer` is on this
   * machine, below it. Does nothing when it already
   * listens; after `close()` it listens again, on another port and with the count of requests back
   * at zero.
   *
   * There is an authorization server too, which grants at once whatever a client asks for, without a
   * login: its document at `/.well-known/oauth-authorization-server` (RFC 8414), the keys at
   * `/oauth2/jwks`, `/oauth2/register` (RFC 7591), `/oauth2/authorize` (code with PKCE by S256) and
   * `/oauth2/token` (`authorization_code`, `refresh_token`, `client_credentials`). Both accept one or
   * more `resource` parameters (RFC 8707), which become the `aud` of a user's token: an array if there
   * are several. Any URL is taken for a client id of its own; the metadata there is not fetched. Refresh
   * tokens come with the scope `offline_access`. Of the outages only `'refuse'` reaches it, except for the keys.
   *
   * A listening issuer does not keep the process alive.
   *
   * @throws (as a rejection) `EADDRINUSE` if the port that `issuer` names is taken.
   */
  listen(this: void): Promise<void>;
  /**
   * Stops listening, and ends every connection (hanging ones too) and any outage. May be called at
   * any time, and more than once.
   */
  close(this: void): Promise<void>;
  /** The same as `close()`, for `await using issuer = createTestIssuer()`. */
  [Symbol.asyncDispose](this: void): Promise<void>;
}

/**
 * Makes an issuer inside the test process, with keys of its own: no network, no WorkOS account,
 * nothing to mock.
 *
 * @example
 * const issuer = createTestIssuer();
 * const token = await issuer.sign({ org_id: 'org_123', permissions: ['posts:read'] });
 * const claims = await verifyWorkosToken(token, issuer.options);
 *
 * @throws {TypeError} when an option is unknown or not what it should be; the message names it.
 */
export declare function createTestIssuer(options?: TestIssuerOptions): TestIssuer;

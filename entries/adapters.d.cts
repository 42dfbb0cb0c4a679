import type {
  VerifiedClaims,
  WorkosCustomClaims,
  WorkosEntry,
  WorkosSession,
  WorkosTokenOptions,
} from '../index.cjs';

/** The verified identity behind a request. */
export interface WorkosAuth<Custom extends object = WorkosCustomClaims> {
  /** The token's claims, frozen. */
  readonly claims: VerifiedClaims<Custom>;
  /** The token itself, to be passed on: the bearer token, or the access token of the session. */
  readonly token: string;
  /** The session, if it was the request's session cookie that authenticated it. */
  readonly session?: WorkosSession<Custom>;
  /** The name of the entry that accepted it, if there are several. */
  readonly name?: string;
}

/**
 * Several entries in place of the options of `verifyWorkosToken`, as in `createWorkosVerifier`: the array
 * alone, or as `entries` next to the adapter's own options.
 */
export type WithWorkosEntries<Options extends WorkosTokenOptions> =
  | readonly WorkosEntry[]
  | (Omit<Options, keyof WorkosTokenOptions> & { readonly entries: readonly WorkosEntry[] });

/** Given in its place when `optional` let a request without credentials through. */
export interface NoWorkosAuth {
  readonly claims: null;
  readonly token: null;
  readonly session?: undefined;
  readonly name?: undefined;
}

/** A kind of credentials: a bearer token, or the session cookie of WorkOS's SDKs. */
export type WorkosCredentials = 'bearer' | 'session';

/** Where a token can come from; `null`, `undefined` and the empty string mean that there is none. */
export type MaybeToken = string | null | undefined;

/** The options of all adapters, along with those of `verifyWorkosToken`. */
export interface WorkosAdapterOptions<Req, Optional extends boolean = boolean>
  extends WorkosTokenOptions {
  /**
   * Finds the token in place of the `Authorization` header, which is then not looked at. Default:
   * the header's bearer token (RFC 6750, section 2.1). What it throws is the framework's to handle.
   */
  readonly getToken?: ((request: Req) => MaybeToken | Promise<MaybeToken>) | undefined;
  /**
   * Which credentials are looked for. Default `['bearer']`. With both, a bearer token decides, and a
   * bad one is never rescued by a cookie.
   *
   * `'session'` takes the cookie that `@workos-inc/node`, `authkit-nextjs` or `authkit-session` has
   * sealed (see `verifyWorkosSession`), and needs `cookiePassword` or WORKOS_COOKIE_PASSWORD. Browsers
   * send cookies with requests that other sites cause. So a request with a method other than GET, HEAD
   * or OPTIONS must come from the application's own pages: otherwise `CROSS_SITE_REQUEST` (403), by
   * `Sec-Fetch-Site`, or by `Origin` and `Host` for browsers that don't send it.
   */
  readonly credentials?: readonly WorkosCredentials[] | undefined;
  /**
   * The name of the session cookie. Default: `process.env.WORKOS_COOKIE_NAME`, else `'wos-session'`.
   * In Next, a session that AuthKit's proxy has just refreshed (request header `x-workos-session`)
   * comes first.
   */
  readonly cookieName?: string | undefined;
  /**
   * Origins of other sites whose pages may send requests with the session cookie, each as a browser
   * sends it: `'https://admin.example.com'`. Default: none.
   */
  readonly trustedOrigins?: readonly string[] | undefined;
  /**
   * Lets a request without credentials through, or with a session whose access token has expired, and
   * never one with a bad token or session, or a malformed header. Default `false`: 401.
   */
  readonly optional?: Optional | undefined;
}

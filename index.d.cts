/** The codes of `WorkosTokenError`. */
export type WorkosTokenErrorCode =
  /** Not three strict base64url segments, or a header or payload that is not a strict JSON object. */
  | 'MALFORMED_TOKEN'
  /** `alg` is not in `algorithms`. */
  | 'UNSUPPORTED_ALGORITHM'
  /** The key set is at hand and holds no usable key with the token's `kid`. */
  | 'UNKNOWN_KEY'
  | 'INVALID_SIGNATURE'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_NOT_YET_VALID'
  | 'INVALID_ISSUER'
  | 'INVALID_AUDIENCE'
  | 'INVALID_SUBJECT'
  /** Any other claim of the wrong type, `exp` missing, or a `client_id` that differs. */
  | 'INVALID_CLAIM'
  | 'FORBIDDEN_ORGANIZATION'
  /** A required permission or role is not in the token. */
  | 'MISSING_PERMISSION'
  | 'IMPERSONATION_DENIED'
  /** The keys could not be had. Says nothing about the token: do not sign the user out. */
  | 'JWKS_FETCH_FAILED'
  /** The options are wrong. */
  | 'INVALID_OPTIONS';

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

/** What is taken from a client of `@workos-inc/node`. */
export interface WorkosClientLike {
  readonly clientId?: string | undefined;
  readonly baseURL: string;
}

/** How fetched keys are kept. */
export interface WorkosJwksCacheOptions {
  /**
   * How long fetched keys are fresh, in seconds: 30 to 86400 (from 1 for a loopback URL). Default
   * 600. The server's `Cache-Control` (RFC 9111) can shorten it to 30 s at the least, and lengthen
   * the default alone, to 3600 s at the most.
   */
  readonly maxAgeSeconds?: number | undefined;
  /** For how long after that they still serve while the endpoint fails, in seconds: 0 to 604800. Default 3600. */
  readonly staleIfErrorSeconds?: number | undefined;
  /** The shortest time between two fetches made for unknown `kid`s, in seconds: 1 to 300. Default 10. */
  readonly cooldownSeconds?: number | undefined;
  /** The time for one request, from connecting to the last byte, in milliseconds: 100 to 30000. Default 5000. */
  readonly timeoutMs?: number | undefined;
  /** PEM certificates that are trusted beside those that Node trusts. */
  readonly ca?: string | readonly string[] | undefined;
}

/**
 * What is asked of a token, and where its keys come from: a plain object. A property that is
 * `undefined` counts as absent, except `organizationId`, `permissions` and `roles`: there it is
 * `INVALID_OPTIONS`, as is an empty list, so that a variable which is not set can't turn a check off.
 */
export interface WorkosTokenOptions {
  /**
   * The WorkOS client id (`client_...`). Default: `process.env.WORKOS_CLIENT_ID`. Issuer, JWKS URL
   * and audience derive from it.
   */
  readonly clientId?: string | undefined;
  /**
   * The token's `aud` must contain at least one of these (RFC 7519, section 4.1.3). Default: the
   * client id. `null` turns the check off, on purpose.
   */
  readonly audience?: string | readonly string[] | null | undefined;
  /** `iss` must equal one of these, byte for byte. Default: `{apiUrl}/user_management/{clientId}`. */
  readonly issuer?: string | readonly string[] | undefined;
  /**
   * Where the keys are. Default: `{apiUrl}/sso/jwks/{clientId}`. https, or http on a loopback host;
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
  /** By how much clocks may differ, for `exp` and `nbf`: an integer of seconds, 0 to 300. Default 5. */
  readonly clockToleranceSeconds?: number | undefined;
  /** `org_id` must be one of these, else `FORBIDDEN_ORGANIZATION`. */
  readonly organizationId?: string | readonly string[];
  /** All must be in `permissions`, else `MISSING_PERMISSION`. */
  readonly permissions?: readonly string[];
  /** At least one must be `role` or in `roles`, else `MISSING_PERMISSION`. */
  readonly roles?: readonly string[];
  /** Whether a token with `act` passes. Default `'allow'`; else `IMPERSONATION_DENIED`. */
  readonly impersonation?: 'allow' | 'deny' | undefined;
  /**
   * The time for `exp` and `nbf`, in seconds since 1970, or a function that gives it. Default: the
   * system's, read at each call. The age of keys does not depend on it.
   */
  readonly now?: number | (() => number) | undefined;
  /** Whether tokens whose signature was good are remembered. Every other check runs each time. Default `true`. */
  readonly verifiedTokenCache?: boolean | undefined;
  /** How fetched keys are kept. */
  readonly jwksCache?: WorkosJwksCacheOptions | undefined;
}

/** The claims that WorkOS's access tokens have. Those that no check guarantees are optional. */
export interface WorkosClaims {
  /** The issuer, one of `issuer`. */
  readonly iss: string;
  /** The user (`user_...`); not empty. */
  readonly sub: string;
  /** The expiry, in seconds since 1970. */
  readonly exp: number;
  readonly aud?: string | readonly string[];
  readonly nbf?: number;
  readonly iat?: number;
  readonly jti?: string;
  /** The session (`session_...`). */
  readonly sid?: string;
  readonly client_id?: string;
  readonly auth_time?: number;
  /** The organization selected at present (`org_...`). */
  readonly org_id?: string;
  readonly role?: string;
  readonly roles?: readonly string[];
  readonly permissions?: readonly string[];
  readonly entitlements?: readonly string[];
  readonly feature_flags?: readonly string[];
  /** Who acts for the user (RFC 8693, section 4.1). */
  readonly act?: { readonly sub: string };
}

/** The claims as they are returned: with the custom ones, frozen all the way down. */
export type VerifiedClaims<Custom extends object = {}> = WorkosClaims & DeepReadonly<Custom>;

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** What happened so far to a verifier, and to the keys it uses. */
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
  /** Tokens that this verifier accepted. */
  verified: number;
  /** Tokens that this verifier refused, by code. */
  rejected: { [Code in WorkosTokenErrorCode]?: number };
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

/** Options, checked once. */
export interface WorkosVerifier<Custom extends object = {}> {
  /** Like `verifyWorkosToken` with this verifier's options. */
  verify(token: string): Promise<VerifiedClaims<Custom>>;
  /**
   * The same without waiting: with a fixed `jwks`, or after `ready()`.
   *
   * @throws {WorkosTokenError} with `JWKS_FETCH_FAILED` where no keys are in memory.
   */
  verifySync(token: string): VerifiedClaims<Custom>;
  /**
   * Resolves when keys are in memory.
   *
   * @throws {WorkosTokenError} with `JWKS_FETCH_FAILED` when they can't be had.
   */
  ready(): Promise<void>;
  stats(): WorkosVerifierStats;
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
export declare function verifyWorkosToken<Custom extends object = {}>(
  token: string,
  options?: WorkosTokenOptions,
): Promise<VerifiedClaims<Custom>>;

/**
 * Checks the options once, and verifies many tokens with them. Later changes to the options object
 * are not seen.
 *
 * @throws {WorkosTokenError} with `INVALID_OPTIONS`.
 */
export declare function createWorkosVerifier<Custom extends object = {}>(
  options?: WorkosTokenOptions,
): WorkosVerifier<Custom>;

/**
 * Why a token was refused. `instanceof` holds across every copy of this package in a program. Left
 * uncaught in Express 5, Fastify 5, Hono 4 or Koa 3 it gives the right answer (RFC 6750).
 */
export declare class WorkosTokenError extends Error {
  private constructor();
  readonly name: 'WorkosTokenError';
  readonly code: WorkosTokenErrorCode;
  /** What to do about it: a fixed sentence, without text from the token. For developers, not for clients. */
  readonly hint: string;
  /** The HTTP status: 400, 401, 403, 500 or 503; 400 is for a malformed `Authorization` header. */
  readonly status: number;
  /** The same as `status`. */
  readonly statusCode: number;
  /** `WWW-Authenticate` or `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;
  /** `false`: frameworks do not show the message to clients. */
  readonly expose: boolean;
  /** Whether the same token may be accepted a little later. */
  readonly retryable: boolean;
  /** The claim that failed. */
  readonly claim?: string;
  readonly reason?: 'missing' | 'invalid' | 'mismatch';
  /** What the check asks for. Not enumerable. */
  readonly expected?: unknown;
  /** What the token holds. Not enumerable. */
  readonly actual?: unknown;
  /** The token's claims, when its signature was good. Not enumerable. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Seconds to wait before trying again; may be a fraction (`Retry-After` is rounded up). */
  readonly retryAfterSeconds?: number;
  /** Why fetching the keys failed: an error whose `code` is a stable name. */
  readonly cause?: WorkosFetchError;
  /** The answer for a Fetch handler. */
  getResponse(): Response;
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

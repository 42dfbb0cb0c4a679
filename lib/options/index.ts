import type { WorkosTokenOptions } from '../../index.cjs';
import { bare } from '../bare.ts';
import { hintOf } from '../causes.ts';
import { WorkosTokenError } from '../error.ts';
import {
  CONNECT_READERS,
  connectOf,
  type Derived,
  deriveConnect,
  refuseInConnect,
  refuseOtherProfile,
} from './connect.ts';
import {
  apiUrlOfEnvironment,
  clientIdOfEnvironment,
  readClientId,
  readWorkos,
  refuseForeignClientId,
} from './identity.ts';
import {
  type CachePolicy,
  isLoopback,
  readApiUrl,
  readJwks,
  readJwksCache,
  readJwksUrl,
  refuseMaxAge,
} from './keys.ts';
import { type CheckedOptions, MAX_REMEMBERED, rememberOptions } from './memo.ts';
import { proxyOf } from './proxy.ts';
import { type Options, readRecord } from './readers.ts';
import { refuse } from './refuse.ts';
import { readCookiePassword } from './session.ts';
import {
  readAlgorithms,
  readBoolean,
  readClockTolerance,
  readImpersonation,
  readMaxAuthAge,
  readNow,
  readRestriction,
  readSome,
  readStringList,
  readStrings,
  STRING_LIST,
  STRINGS,
} from './values.ts';

export { type CheckedOptions, MAX_REMEMBERED };

const DEFAULT_API_URL = 'https://api.workos.com';
const DEFAULT_CLOCK_TOLERANCE_SECONDS = 5;

/** How each option is read: from its value, once, to a copy of it; `undefined` stands for absent. */
const READERS = Object.freeze({
  clientId: (value: unknown) => readClientId(value),
  audience: (value: unknown) =>
    value === null
      ? null
      : readSome('audience', value, 'a non-empty string, a non-empty array of these, or null'),
  issuer: (value: unknown) => readSome('issuer', value, STRINGS),
  jwksUrl: readJwksUrl,
  allowInsecureJwksUrl: (value: unknown) => readBoolean('allowInsecureJwksUrl', value),
  jwks: readJwks,
  apiUrl: (value: unknown) => readApiUrl('apiUrl', value),
  workos: readWorkos,
  algorithms: readAlgorithms,
  clockToleranceSeconds: readClockTolerance,
  organizationId: (value: unknown) =>
    readRestriction('organizationId', value, STRINGS, readStrings),
  permissions: (value: unknown) =>
    readRestriction('permissions', value, STRING_LIST, readStringList),
  roles: (value: unknown) => readRestriction('roles', value, STRING_LIST, readStringList),
  entitlements: (value: unknown) =>
    readRestriction('entitlements', value, STRING_LIST, readStringList),
  featureFlags: (value: unknown) =>
    readRestriction('featureFlags', value, STRING_LIST, readStringList),
  maxAuthAgeSeconds: readMaxAuthAge,
  impersonation: readImpersonation,
  ...CONNECT_READERS,
  now: readNow,
  cookiePassword: readCookiePassword,
  verifiedTokenCache: (value: unknown) => readBoolean('verifiedTokenCache', value),
  jwksCache: readJwksCache,
} satisfies Record<keyof WorkosTokenOptions, unknown>);

type Given = Options<typeof READERS>;

/** The base of the derived URLs, and the name of what it comes from. */
interface Api {
  url: string;
  source: string;
}

type Keys = { fixed?: object; fetched?: FetchedKeys };
type FetchedKeys = CachePolicy & { url: string; proxy: string | undefined };

export const OPTION_NAMES: readonly string[] = Object.keys(READERS);

/** The same for what is read again later: each copy can be read as the option itself. */
const SNAPSHOT_READERS = Object.freeze({
  ...READERS,
  now: (value: unknown) => {
    readNow(value);
    return value;
  },
});

/**
 * Reads options once and checks them: what comes back is a copy, complete, that nothing the caller
 * does later can change. The environment is read here, and only for what must be derived.
 */
function checkOptions(options: unknown): CheckedOptions {
  const given = readRecord('options', options === undefined ? {} : options, READERS);
  refuseContradictions(given);
  const connect = connectOf(given);
  const clientId = connect === undefined ? clientIdOf(given) : undefined;
  const derived = connect === undefined ? deriveSession(given, clientId) : deriveConnect(given);
  const keys = keysOf(given, derived);
  const required = {
    clientId,
    connect,
    issuers: derived.issuers,
    audiences: derived.audiences,
    algorithms: given.algorithms ?? ['RS256'],
    clockToleranceSeconds: given.clockToleranceSeconds ?? DEFAULT_CLOCK_TOLERANCE_SECONDS,
    organizationIds: given.organizationId,
    permissions: given.permissions,
    roles: given.roles,
    entitlements: given.entitlements,
    featureFlags: given.featureFlags,
    maxAuthAgeSeconds: given.maxAuthAgeSeconds,
    denyImpersonation: given.impersonation === 'deny',
    verifiedTokenCache: given.verifiedTokenCache ?? true,
    keys,
  };
  const session = { requiresAudience: given.audience !== undefined };
  const https = [keys.fetched?.url, keys.fetched?.proxy].some((url) => url?.startsWith('https:'));
  return {
    json: serialize(required),
    sessionJson: connect === undefined ? serialize({ ...required, session }) : undefined,
    https,
    now: given.now ?? systemNow,
    cookiePasswords: given.cookiePassword,
  };
}

/** JSON without prototypes: a `toJSON` on a polluted one would be called. */
function serialize(value: object): string {
  return JSON.stringify(withoutPrototypes(value));
}

function withoutPrototypes(value: unknown): unknown {
  if (Array.isArray(value)) return Object.setPrototypeOf(value.map(withoutPrototypes), null);
  if (typeof value !== 'object' || value === null) return value;
  const copy = bare(value as Record<string, unknown>);
  Object.keys(copy).forEach((name) => {
    copy[name] = withoutPrototypes(copy[name]);
  });
  return copy;
}

function refuseContradictions(given: Given): void {
  const { jwks, jwksUrl, clientId, workos } = given;
  refuseOtherProfile(given);
  if (jwks !== undefined && jwksUrl !== undefined) {
    throw refuse(
      'the options "jwks" and "jwksUrl" are mutually exclusive',
      hintOf('two-key-sources'),
    );
  }
  if (clientId !== undefined && workos?.clientId !== undefined && clientId !== workos.clientId) {
    throw refuse(
      'the option "clientId" and the client id of the option "workos" differ',
      hintOf('two-client-ids'),
    );
  }
}

/** What the tokens of sessions have by default. */
function deriveSession(given: Given, clientId: string | undefined): Derived {
  const api = apiOf(given);
  if (!hasKeys(given) && api?.url === DEFAULT_API_URL && clientId !== undefined)
    refuseForeignClientId(clientId, (given.clientId ?? given.workos?.clientId) === undefined);
  return {
    issuers: given.issuer ?? [`${api?.url}/user_management/${clientId}`],
    audiences: given.audience === undefined ? [clientId as string] : given.audience,
    jwksUrl: `${api?.url}/sso/jwks/${clientId}`,
    source: api?.source ?? '',
  };
}

/** The client id, from the environment only if something must be derived from it. */
function clientIdOf(given: Given): string | undefined {
  const explicit = given.clientId ?? given.workos?.clientId;
  if (explicit !== undefined) return explicit;
  const derived = given.issuer === undefined || given.audience === undefined || !hasKeys(given);
  if (!derived) return undefined;
  const fromEnvironment = clientIdOfEnvironment();
  if (fromEnvironment !== undefined) return fromEnvironment;
  throw refuse(
    'the option "clientId" is missing, and so is WORKOS_CLIENT_ID',
    hintOf('client-id-missing'),
  );
}

function hasKeys({ jwks, jwksUrl }: Given): boolean {
  return jwks !== undefined || jwksUrl !== undefined;
}

/** From the environment only if a URL must be derived. */
function apiOf(given: Given): Api | undefined {
  if (given.apiUrl !== undefined) return { url: given.apiUrl, source: '"apiUrl"' };
  if (given.workos !== undefined) return { url: given.workos.baseURL, source: '"workos.baseURL"' };
  if (given.issuer !== undefined && hasKeys(given)) return undefined;
  return { url: apiUrlOfEnvironment() ?? DEFAULT_API_URL, source: 'the WORKOS_API_... variables' };
}

function keysOf(given: Given, derived: Derived): Keys {
  if (given.jwks !== undefined) return bare({ fixed: given.jwks });
  const url = new URL(given.jwksUrl ?? (derived.jwksUrl as string));
  const loopback = isLoopback(url);
  if (url.protocol !== 'https:' && !loopback && !given.allowInsecureJwksUrl) {
    throw refuse(
      `the ${given.jwksUrl ? 'option "jwksUrl"' : `JWKS URL derived from ${derived.source}`} must be https, or http on a loopback host`,
      hintOf('keys-without-tls'),
    );
  }
  const { maxAgeSeconds, ...limits } = given.jwksCache ?? readJwksCache({});
  if (maxAgeSeconds !== undefined && maxAgeSeconds < (loopback ? 1 : 30))
    throw refuseMaxAge(maxAgeSeconds);
  return bare({ fetched: { url: url.href, proxy: proxyOf(url), maxAgeSeconds, ...limits } });
}

/** Read at each call, so that fake timers work. */
function systemNow(): number {
  return Date.now() / 1000;
}

/**
 * Options that are read now, so that nothing done to them later is seen, and checked at each call of
 * the function that is returned: what is wrong with them is thrown there. What it returns can be read
 * again, which then only reads the environment.
 */
export function snapshotOptions(options: unknown): () => object | undefined {
  if (options === undefined) return () => undefined;
  try {
    const snapshot = readRecord('options', options, SNAPSHOT_READERS);
    return () => snapshot;
  } catch (error) {
    if (!(error instanceof WorkosTokenError)) throw error;
    // A new error each time: whoever catches one may change it.
    const { message, hint } = error;
    return () => {
      throw refuse(message, hint);
    };
  }
}

const readRemembered = rememberOptions(checkOptions, ({ now, cookiePassword }) => ({
  now: now === undefined ? systemNow : readNow(now),
  cookiePasswords: cookiePassword === undefined ? undefined : readCookiePassword(cookiePassword),
}));

/** Passwords are read apart from the rest, so that they stand next to a profile is seen only here. */
export function readOptions(options: unknown): CheckedOptions {
  const read = readRemembered(options);
  if (read.cookiePasswords !== undefined && read.sessionJson === undefined)
    throw refuseInConnect('cookiePassword');
  return read;
}

// Hints for an option that does not exist. Often it is another library's name for one of ours.

/** How many letters may be added, dropped or exchanged between two names that are alike. */
const MAX_EDITS = 2;
/** A shorter name is close to anything. */
const MIN_LETTERS = 4;

/** For each option, what other libraries call it: in lower case, without `_`. */
const ALIASES: Readonly<Record<string, string[]>> = Object.freeze({
  jwksUrl: ['jwksuri', 'jwksendpoint', 'keysurl', 'certsurl'],
  jwks: ['keys', 'keyset', 'publickey'],
  clockToleranceSeconds: ['clocktolerance', 'clockskew', 'clockskewseconds', 'leeway'],
  now: ['clocktimestamp', 'currentdate', 'currenttime'],
  permissions: ['permission', 'requiredpermissions'],
  scopes: ['scope', 'requiredscopes', 'requiredscope', 'scopessupported'],
  authkitDomain: ['domain', 'authkit', 'authkiturl', 'authorizationserver', 'authserverurl'],
  resource: ['resourceuri', 'resourceurl', 'resourceindicator', 'serverurl', 'resourceserverurl'],
  subjects: ['subjecttype', 'subjecttypes'],
  profile: ['tokentype', 'tokenuse', 'tokenprofile'],
  roles: ['role', 'requiredroles'],
  entitlements: ['entitlement', 'requiredentitlements'],
  featureFlags: ['flags', 'featureflag', 'requiredfeatureflags'],
  maxAuthAgeSeconds: [
    'maxauthage',
    'authmaxage',
    'authtime',
    'maxauthtime',
    'maxauthenticationage',
  ],
  audience: ['aud', 'audiences', 'allowedaud'],
  issuer: ['iss', 'issuers', 'allowediss', 'issuerbaseurl'],
  organizationId: ['org', 'orgid', 'organization', 'organizationids', 'organisationid'],
  algorithms: ['alg', 'algs', 'algorithm', 'allowedalgorithms', 'tokensigningalg'],
  workos: ['client', 'workosclient'],
  apiUrl: ['baseurl', 'apihostname', 'hostname', 'host'],
  impersonation: ['impersonator', 'denyimpersonation', 'allowimpersonation'],
  verifiedTokenCache: ['cache', 'tokencache'],
  optional: ['credentialsrequired', 'authrequired'],
  cookiePassword: ['password', 'passwords', 'sessionpassword', 'cookiesecret', 'sessionsecret'],
  property: ['requestproperty'],
});

/** The same for what stands in `jwksCache`. */
const CACHE_ALIASES: Readonly<Record<string, string[]>> = Object.freeze({
  maxAgeSeconds: ['maxageseconds', 'cachemaxage', 'cachemaxageseconds', 'cachettl', 'ttl'],
  staleIfErrorSeconds: ['staleiferrorseconds', 'staleiferror'],
  cooldownSeconds: [
    'cooldownseconds',
    'cooldown',
    'cooldownduration',
    'jwksrequestsperminute',
    'ratelimit',
  ],
  timeoutMs: ['timeoutms', 'timeout', 'timeoutduration', 'timeoutseconds', 'requesttimeout'],
  ca: ['ca', 'cacert', 'certificates'],
  snapshot: ['snapshot', 'keysnapshot', 'jwkssnapshot', 'exportedkeys'],
});

const INSTEAD = Object.freeze([
  {
    names: ['ignoreexpiration', 'ignoreexp', 'ignorenotbefore', 'ignorenbf'],
    hint: 'exp and nbf are always checked. For a token of another time, set "now" to a time within its life.',
  },
  {
    names: ['maxtokenage', 'maxage', 'maxlifetime'],
    hint: 'A token is good until its exp, which WorkOS sets (five minutes by default). To ask for less, compare "iat" in the claims that are returned.',
  },
  {
    names: ['requiredclaims'],
    hint: 'exp, iss, aud and sub are always required. Look for other claims in those that are returned.',
  },
  {
    names: ['subject', 'sub', 'allowedsub'],
    hint: 'sub is always required. Compare "sub" in the claims that are returned.',
  },
  {
    names: ['typ', 'type'],
    hint: 'typ is always checked: it must be absent, or that of an access token.',
  },
  {
    names: ['nonce', 'jti', 'jwtid', 'azp', 'authorizedparties', 'sid', 'allowedjti'],
    hint: 'Compare this claim with what you expect, in the claims that are returned.',
  },
  {
    names: ['apikey', 'secret', 'secretkey', 'secretorkey', 'secretorpublickey', 'clientsecret'],
    hint: 'API keys and client secrets play no part in verifying tokens: take it out.',
  },
  {
    names: ['fetch', 'fetcher', 'agent', 'requestagent', 'requestheaders', 'proxy'],
    hint: 'Keys are fetched by native code. HTTPS_PROXY, NO_PROXY and "jwksCache.ca" say how.',
  },
  {
    names: ['then'],
    hint: 'This looks like a promise: await it, and pass what it resolves with.',
  },
  {
    names: ['entries', 'environments', 'verifiers'],
    hint: 'Several entries are an array in place of the options of `createWorkosVerifier` and of the adapters; next to an adapter\'s own options it is called "entries".',
  },
  {
    names: ['gettoken', 'optional', 'onerror', 'property'],
    hint: 'This is an option of other functions: `getToken` and `optional` of all adapters, `onError` of the Next.js and Express ones, `property` of the Express one.',
  },
]);

/**
 * What to do about an option that does not exist. `known` are the names in this place, and `path` is
 * the place: `options`, or the option that holds the others.
 */
export function hintForName(name: string, known: readonly string[], path: string) {
  const plain = name.toLowerCase().replace(/[_-]/g, '');
  const same = known.find((option) => option.toLowerCase() === plain);
  if (same !== undefined) return didYouMean(path, same);
  const elsewhere = path === 'jwksCache' ? hintInCache(plain) : hintAtTop(plain, known);
  if (elsewhere !== undefined) return elsewhere;
  const near = nearest(plain, known);
  return near === undefined ? `The options are ${known.join(', ')}.` : didYouMean(path, near);
}

function hintAtTop(plain: string, known: readonly string[]) {
  const option = aliased(ALIASES, plain);
  if (option !== undefined && known.includes(option))
    return withUnit(didYouMean('options', option));
  return insteadOf(plain) ?? (known.includes('jwksCache') ? hintInCache(plain) : undefined);
}

function hintInCache(plain: string) {
  const option = plain === 'maxage' ? 'maxAgeSeconds' : aliased(CACHE_ALIASES, plain);
  return option === undefined ? insteadOf(plain) : withUnit(didYouMean('jwksCache', option));
}

function insteadOf(plain: string) {
  return INSTEAD.find(({ names }) => names.includes(plain))?.hint;
}

function aliased(aliases: Readonly<Record<string, string[]>>, plain: string) {
  return Object.keys(aliases).find((option) => aliases[option].includes(plain));
}

function didYouMean(path: string, option: string) {
  return `Did you mean "${path === 'options' ? '' : `${path}.`}${option}"?`;
}

/** The name that replaces another library's may count in another unit. */
function withUnit(question: string) {
  return /(Seconds|Ms)"\?$/.test(question) ? `${question} Mind the unit in its name.` : question;
}

export function nearest(plain: string, known: readonly string[]) {
  if (plain.length < MIN_LETTERS) return undefined;
  const edits = known.map((option) => editsBetween(plain, option.toLowerCase()));
  const least = edits.reduce((left, right) => Math.min(left, right), MAX_EDITS + 1);
  return least > MAX_EDITS ? undefined : known[edits.indexOf(least)];
}

/** Levenshtein's distance, row by row. */
function editsBetween(left: string, right: string) {
  let above = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const exchange = left[row - 1] === right[column - 1] ? 0 : 1;
      current[column] = Math.min(
        above[column] + 1,
        current[column - 1] + 1,
        above[column - 1] + exchange,
      );
    }
    above = current;
  }
  return above[right.length];
}

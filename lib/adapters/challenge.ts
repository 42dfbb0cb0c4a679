// What a refusal says about the resource: where its metadata is (RFC 9728, section 5.1), and which
// scopes a token needs (RFC 6750, section 3). Clients of MCP find their authorization server by it.

import { bare } from '../bare.ts';
import { WorkosTokenError } from '../error.ts';
import { isArray, readArray } from '../options/readers.ts';
import { isScopeToken } from '../options/scope.ts';

/** The characters of a URI (RFC 3986, section 2), of which none needs quoting. */
const URI = /^https?:\/\/[\w.~:/?#[\]@!$&'()*+,;=%-]+$/i;
const WELL_KNOWN = '/.well-known/oauth-protected-resource';
/** Scripts of other origins see a few headers alone. */
const EXPOSED = 'WWW-Authenticate, Retry-After';

export interface Challenge {
  readonly metadataUrl: string | undefined;
  /** Separated by spaces. */
  readonly scope: string | undefined;
  /** Those of other entries. */
  readonly others: readonly Challenge[];
}

/** Whether it is a URL of the web that a header can hold as it is. */
export function isPlainUrl(value: unknown): value is string {
  return typeof value === 'string' && URI.test(value) && URL.canParse(value);
}

/**
 * Where the metadata of a resource is (RFC 9728, section 3.1): the well-known path goes before its own,
 * and a slash that is all of it is left out.
 */
export function metadataUrlOf(resource: string): string {
  const { origin, pathname, search } = new URL(resource);
  return `${origin}${WELL_KNOWN}${pathname === '/' ? '' : pathname}${search}`;
}

/**
 * The challenge of the options, if they are for tokens of a resource; of several entries, those of the
 * ones for such tokens, the first of which counts unless a token tells which is meant. What could have
 * been changed since they were checked is checked again.
 */
export function challengeOf(verification: object | undefined): Challenge | undefined {
  const options = isArray(verification) ? verification : [verification];
  const challenges = options.filter(isForConnect).map(challengeOfOne);
  if (challenges.length === 0) return undefined;
  return { ...challenges[0], others: challenges.slice(1) };
}

function challengeOfOne(options: object): Challenge {
  const { resource, scopes }: Record<string, unknown> = bare({ ...options });
  return {
    metadataUrl: isPlainUrl(resource) ? metadataUrlOf(resource) : undefined,
    scope: scopes === undefined ? undefined : scopeOf(scopes),
    others: [],
  };
}

/** Some arrays can be read once and not again. */
function scopeOf(given: unknown): string | undefined {
  try {
    const scopes = readArray('scopes', given, 'an array');
    return scopes.every(isScopeToken) ? scopes.join(' ') : undefined;
  } catch {
    return undefined;
  }
}

function isForConnect(options: unknown): options is object {
  const { profile }: { profile?: unknown } = bare({ ...(options as object | undefined) });
  return profile === 'connect';
}

/** The error itself, whose headers say it too from now on. */
export function challenged(error: unknown, challenge: Challenge | undefined): unknown {
  if (challenge === undefined || !(error instanceof WorkosTokenError)) return error;
  const { status, headers } = error;
  if (status === 500) return error;
  const given = bare(headers)['WWW-Authenticate'];
  const header =
    given === undefined
      ? {}
      : { 'WWW-Authenticate': extended(given, error, meantBy(error, challenge)) };
  Reflect.set(error, 'headers', {
    ...headers,
    ...header,
    'Access-Control-Expose-Headers': EXPOSED,
  });
  return error;
}

/** An error may go through more than one adapter. */
function extended(header: string, error: WorkosTokenError, { metadataUrl, scope }: Challenge) {
  const isWhole = / (?:resource_metadata|scope)="/.test(header);
  if (isWhole) return header;
  const parameters = [
    metadataUrl === undefined ? '' : `resource_metadata="${metadataUrl}"`,
    scope === undefined || !isAboutScopes(error) ? '' : `scope="${scope}"`,
  ].filter((parameter) => parameter !== '');
  if (parameters.length === 0) return header;
  return `${header}${header.includes(' ') ? ', ' : ' '}${parameters.join(', ')}`;
}

/**
 * The challenge of the entry that refuses a token for its scopes: a client that was told those of another
 * one would come back with a token that is refused again.
 */
function meantBy(error: WorkosTokenError, challenge: Challenge): Challenge {
  const { others } = challenge;
  if (others.length === 0 || !isAboutMissingScopes(error)) return challenge;
  const { expected } = error as { expected?: unknown };
  if (!isArray(expected)) return challenge;
  const scope = expected.join(' ');
  if (challenge.scope === scope) return challenge;
  return others.find((other) => other.scope === scope) ?? challenge;
}

/** A token that lacks something else would have been refused with more scopes too. */
function isAboutScopes(error: WorkosTokenError): boolean {
  return error.status !== 403 || isAboutMissingScopes(error);
}

function isAboutMissingScopes({ status, claim }: WorkosTokenError): boolean {
  return status === 403 && claim === ('scope' as typeof claim);
}

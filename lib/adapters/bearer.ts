// The bearer token of a request, RFC 6750, section 2.1, for all adapters. What is malformed is
// refused rather than guessed at: two parties that guess differently read one request in two ways.

import { hintOf } from '../causes.ts';
import { WorkosTokenError } from '../error.ts';
import { authorizationsOf, headersOf } from './headers.ts';

/** In any case (RFC 9110, section 11.1), and at least one space behind it. */
const SCHEME = 'bearer ';
/** RFC 6750, section 2.1. */
const B64TOKEN = /^[\w.~+/-]+=*$/;
/** Also where another scheme's credentials stand before it in a list: two credentials. */
const BEARER = /(?:^|,)[ \t]*bearer(?:[ \t,]|$)/i;

/** The token; `undefined` if the request has no bearer credentials. */
function bearerToken(request: unknown): string | undefined {
  const headers = authorizationsOf(request);
  if (headers.length === 0) return undefined;
  if (headers.length > 1) throw malformedCredentials();
  return tokenIn(headers[0]);
}

/**
 * The token of a header, if it has the scheme. Not each of its characters is looked at: that would take
 * as long as verifying a token that was seen before, and none is accepted with others than a b64token's.
 * `refusalOf` looks at those of a token that was refused.
 */
export function tokenIn(header: string): string | undefined {
  if (header.slice(0, SCHEME.length).toLowerCase() !== SCHEME) {
    // Credentials of another scheme, such as Basic, are none that we ask for.
    if (header !== '' && !BEARER.test(header)) return undefined;
    throw malformedCredentials();
  }
  let start = SCHEME.length;
  while (header[start] === ' ') start += 1;
  const token = header.slice(start);
  // Two credentials or tokens: found quickly, and no token is refused on their account.
  if (token === '' || token.includes(' ') || token.includes(',')) throw malformedCredentials();
  return token;
}

/** What a request is refused with whose header had this token in it. */
export function refusalOf(token: string, error: unknown): unknown {
  const isMalformed = error instanceof WorkosTokenError && error.code === 'MALFORMED_TOKEN';
  return isMalformed && !B64TOKEN.test(token) ? malformedCredentials() : error;
}

/** The token of a request: from its header, or from where `getToken` finds it. */
export function tokenOf(
  request: unknown,
  getToken: ((request: unknown) => unknown) | undefined,
): string | undefined | Promise<string | undefined> {
  return getToken === undefined ? bearerToken(request) : tokenFrom(request, getToken);
}

async function tokenFrom(
  request: unknown,
  getToken: (request: unknown) => unknown,
): Promise<string | undefined> {
  headersOf(request);
  // An emptied cookie is no token.
  const token = (await getToken(request)) ?? '';
  return token === '' ? undefined : (token as string);
}

/** RFC 6750, section 3.1: a request without credentials is told the scheme alone. */
export function missingCredentials(): WorkosTokenError {
  return new WorkosTokenError({
    code: 'MALFORMED_TOKEN',
    reason: 'missing',
    credentials: 'missing',
    message: 'the request has no bearer token',
    hint: hintOf('no-credentials'),
  });
}

/** RFC 6750, section 3.1, `invalid_request`. */
function malformedCredentials(): WorkosTokenError {
  return new WorkosTokenError({
    code: 'MALFORMED_TOKEN',
    reason: 'invalid',
    credentials: 'malformed',
    message: 'the header "Authorization" does not hold exactly one bearer token',
    hint: hintOf('malformed-credentials'),
  });
}

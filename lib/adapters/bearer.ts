// The bearer token of a request, RFC 6750, section 2.1, for all adapters. What is malformed is
// refused rather than guessed at: two parties that guess differently read one request in two ways.

import type { ServerResponse } from 'node:http';
import { answerOf } from '../answer.ts';
import { hintOf } from '../causes.ts';
import { WorkosTokenError } from '../error.ts';
import { authorizationsOf, headersOf } from './headers.ts';

/** A scheme in any case (RFC 9110, section 11.1), spaces, and one b64token. */
const CREDENTIALS = /^bearer +([\w.~+/-]+=*)$/i;
/** Also where another scheme's credentials stand before it in a list: two credentials. */
const BEARER = /(?:^|,)[ \t]*bearer(?:[ \t,]|$)/i;

/** The token; `undefined` if the request has no bearer credentials. */
function bearerToken(request: unknown): string | undefined {
  const headers = authorizationsOf(request);
  if (headers.length === 0) return undefined;
  if (headers.length > 1) throw malformedCredentials();
  const header = headers[0];
  const token = CREDENTIALS.exec(header)?.[1];
  if (token !== undefined) return token;
  // Credentials of another scheme, such as Basic, are none that we ask for.
  if (header !== '' && !BEARER.test(header)) return undefined;
  throw malformedCredentials();
}

/** The token of a request: from its header, or from where `getToken` finds it. */
export async function tokenOf(
  request: unknown,
  getToken: ((request: unknown) => unknown) | undefined,
): Promise<string | undefined> {
  if (getToken === undefined) return bearerToken(request);
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
    message: 'the request brings no bearer token',
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

/** Answers a Node request with an error. */
export function writeAnswer(response: ServerResponse, error: WorkosTokenError): void {
  const { status, headers, body } = answerOf(error);
  response.statusCode = status;
  Object.keys(headers).forEach((name) => {
    response.setHeader(name, headers[name]);
  });
  response.end(body);
}

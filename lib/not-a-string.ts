import { WorkosTokenError } from './error.ts';
import { describe } from './options/kinds.ts';

/** The names under which the results of a sign-in hold the access token. */
const TOKEN_MEMBERS = Object.freeze(['accessToken', 'access_token', 'token']);

const ABSENT =
  'Pass the access token as a string. An undefined token often means that the request had no Authorization header or the user is not signed in.';
const HEADERS =
  'Pass the text that follows "Bearer " in the Authorization header, or use an adapter of this package, which reads it.';
const HINTS: Readonly<Record<string, string>> = Object.freeze({
  'a promise': 'Await the promise: `verifyWorkosToken(await getAccessToken())`.',
  'a function': 'Call the function, await what it returns, and pass that.',
  'an array': 'Pass one access token, as a string.',
  'a Buffer or typed array': "Decode the bytes first: `buffer.toString('utf8')`.",
  'a String object': 'Pass the string itself: `String(token)`.',
  'a Headers object': HEADERS,
  'a Request': HEADERS,
});

/**
 * The refusal of a token that is not a string. It is made here and not in native code, which may not
 * look into objects: that can run code of theirs.
 */
export function notAString(token: unknown) {
  const member = tokenMember(token);
  const kind = member === undefined ? describe(token) : `an object that holds one in "${member}"`;
  const hint = member === undefined ? hintFor(kind) : `Pass its \`${member}\`.`;
  return new WorkosTokenError({
    code: 'MALFORMED_TOKEN',
    message: `the token must be a string, not ${kind}`,
    hint,
  });
}

function hintFor(kind: string) {
  return Object.hasOwn(HINTS, kind) ? HINTS[kind] : ABSENT;
}

function tokenMember(token: unknown): string | undefined {
  if (typeof token !== 'object' || token === null) return undefined;
  try {
    return TOKEN_MEMBERS.find(
      (name) => Object.hasOwn(token, name) && typeof Reflect.get(token, name) === 'string',
    );
  } catch {
    return undefined;
  }
}

import { type CauseId, hintOf } from './causes.ts';
import { WorkosTokenError } from './error.ts';
import { describe } from './options/kinds.ts';

/** The names under which the results of a sign-in hold the access token. */
const TOKEN_MEMBERS: Readonly<Record<string, CauseId>> = Object.freeze({
  accessToken: 'session-as-token',
  access_token: 'token-response-as-token',
  token: 'identity-as-token',
});

/** The causes of the kinds of things that are passed by mistake. */
const CAUSES: Readonly<Record<string, CauseId>> = Object.freeze({
  'a promise': 'promise-as-token',
  'a function': 'function-as-token',
  'an array': 'array-as-token',
  'a Buffer or typed array': 'bytes-as-token',
  'a String object': 'string-object-as-token',
  'a Headers object': 'request-as-token',
  'a Request': 'request-as-token',
});

/**
 * The refusal of a token that is not a string. It is made here and not in native code, which may not
 * look into objects: that can run code of theirs.
 */
export function notAString(token: unknown) {
  const member = tokenMember(token);
  const kind = member === undefined ? describe(token) : `an object that holds one in "${member}"`;
  return new WorkosTokenError({
    code: 'MALFORMED_TOKEN',
    message: `the token must be a string, not ${kind}`,
    hint: hintOf(member === undefined ? causeOf(kind) : TOKEN_MEMBERS[member]),
  });
}

function causeOf(kind: string): CauseId {
  return Object.hasOwn(CAUSES, kind) ? CAUSES[kind] : 'absent-token';
}

function tokenMember(token: unknown): string | undefined {
  if (typeof token !== 'object' || token === null) return undefined;
  try {
    return Object.keys(TOKEN_MEMBERS).find(
      (name) => Object.hasOwn(token, name) && typeof Reflect.get(token, name) === 'string',
    );
  } catch {
    return undefined;
  }
}

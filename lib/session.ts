// A sealed session: opened by native code, then its access token verified like any other, and then the
// sealed user compared with the token's subject.

import type { VerifiedClaims, WorkosSession, WorkosTokenExplanation } from '../index.cjs';
import { bare } from './bare.ts';
import type { Binding, OpenedRecord } from './binding.d.ts';
import { hintOf } from './causes.ts';
import { isRefusal, WorkosTokenError } from './error.ts';
import { parseFrozen } from './frozen-json.ts';
import { describe } from './options/kinds.ts';
import type { CheckedOptions } from './options/index.ts';
import { refuse } from './options/refuse.ts';
import { cookiePasswords } from './options/session.ts';
import { isPromise } from './promise.ts';
import type { Verification } from './verify.ts';

/** The greatest length in UTF-8. A longer text is cut off, so that no time goes into copying it. */
const MAX_SEALED_BYTES = 32_768;

/** Sealed sessions under some options. The time is Unix seconds. */
export interface Sessions {
  /** Comes without a promise if the claims do. */
  verify(
    sealed: unknown,
    now: number,
    tell?: (entry: number) => void,
  ): WorkosSession | Promise<WorkosSession>;
  /** `tell` is told the place of the entry that accepts it, of several. */
  verifySync(sealed: unknown, now: number, tell?: (entry: number) => void): WorkosSession;
  /** `undefined` if nothing here takes sessions. */
  explain: ((sealed: string, now: number) => Promise<WorkosTokenExplanation>) | undefined;
}

export function createSessions(
  binding: Binding,
  verificationOf: (options: CheckedOptions) => Verification,
): (options: CheckedOptions) => Sessions {
  return (options) => {
    const passwordsOf = cookiePasswords(options.cookiePasswords);
    // Made when the first session comes.
    let made: Verification | undefined;
    const verification = () => (made ??= verificationOf({ ...options, json: jsonOf(options) }));
    const open = (sealed: unknown, now: number) => {
      jsonOf(options);
      return openSession(binding, passwordsOf(), sealed, now);
    };

    return {
      verify(sealed, now) {
        const opened = open(sealed, now);
        const claims = verification().verify(opened.accessToken, now);
        if (isRefusal(claims)) throw claims;
        if (isPromise(claims)) return waitFor(binding, opened, claims);
        return sessionOf(binding, opened, claims);
      },

      verifySync(sealed, now) {
        const opened = open(sealed, now);
        return sessionOf(binding, opened, verification().verifySync(opened.accessToken, now));
      },

      explain:
        options.sessionJson === undefined
          ? undefined
          : (sealed, now) => {
              const sizeBytes = Buffer.byteLength(sealed);
              const session = { text: cutOff(sealed), sizeBytes, passwords: judged(passwordsOf) };
              return verification().explainSession(session, now);
            },
    };
  };
}

/** Tokens of WorkOS Connect come in no session. */
function jsonOf({ sessionJson }: CheckedOptions): string {
  if (sessionJson !== undefined) return sessionJson;
  throw refuse(`a session can't be verified with "profile" 'connect'`, hintOf('session-option'));
}

async function waitFor(binding: Binding, opened: OpenedRecord, claims: Promise<VerifiedClaims>) {
  return sessionOf(binding, opened, await claims);
}

export function openSession(
  binding: Binding,
  passwords: readonly string[],
  sealed: unknown,
  now: number,
): OpenedRecord {
  if (typeof sealed !== 'string') throw notAString(sealed);
  // Only own properties: a polluted prototype must not fill in what is absent.
  const outcome = bare(binding.openSession(passwords, cutOff(sealed), now));
  if ('code' in outcome) throw new WorkosTokenError(outcome);
  return outcome;
}

export function cutOff(sealed: string): string {
  return sealed.length > MAX_SEALED_BYTES ? sealed.slice(0, MAX_SEALED_BYTES + 1) : sealed;
}

/** The passwords, or what is wrong with them, which an explanation tells instead of throwing it. */
export function judged(passwordsOf: () => readonly string[]): readonly string[] | WorkosTokenError {
  try {
    return passwordsOf();
  } catch (error) {
    if (error instanceof WorkosTokenError) return error;
    throw error;
  }
}

/** What is handed out, once the user is known to be the token's subject. */
export function sessionOf(
  binding: Binding,
  opened: OpenedRecord,
  claims: VerifiedClaims,
  name?: string,
): WorkosSession {
  const details = parseFrozen(opened.details) as [
    WorkosSession['user'],
    WorkosSession['impersonator'],
    WorkosSession['authenticationMethod'],
  ];
  const user = details[0];
  if (user !== null) checkUser(binding, opened.userId, claims);
  const session = { claims, user, impersonator: details[1], authenticationMethod: details[2] };
  // Not enumerable: it must not get into a log or a response along with the rest.
  Object.defineProperty(session, 'accessToken', bare({ value: opened.accessToken }));
  if (name !== undefined) Object.defineProperty(session, 'name', bare({ value: name }));
  return Object.freeze(session) as WorkosSession;
}

function checkUser(binding: Binding, userId: string | undefined, claims: VerifiedClaims): void {
  const refusal = binding.checkSessionUser(userId, claims.sub);
  if (refusal === null) return;
  const error = new WorkosTokenError(refusal);
  // The signature was good.
  Object.defineProperty(
    error,
    'claims',
    bare({ value: claims, configurable: true, writable: true }),
  );
  throw error;
}

/** A cookie that is not there is `undefined` for most who read one, and `null` for some. */
function notAString(sealed: unknown): WorkosTokenError {
  const isAbsent = sealed === undefined || sealed === null;
  return new WorkosTokenError({
    code: 'INVALID_SESSION',
    message: `the session must be a string, not ${describe(sealed)}`,
    reason: isAbsent ? 'missing' : 'invalid',
    hint: hintOf(isAbsent ? 'absent-session' : 'value-as-session'),
  });
}

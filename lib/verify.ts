// Every call of the native verifier, and how its answers become claims and errors. The forms of an
// answer are listed in binding.d.ts.

import type { Binding, NativeVerifier, Outcome, StatsRecord } from './binding.d.ts';
import { WorkosTokenError } from './error.ts';
import { parseFrozen } from './frozen-json.ts';
import { createKeptClaims, type KeptClaims } from './kept-claims.ts';
import { notAString } from './not-a-string.ts';
import type { CheckedOptions } from './options/index.ts';
import { handOverTrustRoots } from './trust-roots.ts';

/** How many different options `verifyWorkosToken` keeps a native verifier for. */
const MAX_VERIFICATIONS = 100;

/** The native verifier of some options. The time is Unix seconds. */
export interface Verification {
  /** Claims at once if they are in reach: waiting for a promise costs time. */
  verify(token: unknown, now: number): object | Promise<object>;
  verifySync(token: unknown, now: number): object;
  ready(): Promise<void>;
  stats(): StatsRecord;
}

type Settle = (outcome: Outcome) => void;

/**
 * Keyed by the content of the options and not by the object: a changed object is another key, and a
 * new object of the same content is not.
 */
export function createVerifications(binding: Binding): (options: CheckedOptions) => Verification {
  const kept = createKeptClaims();
  const verifications = new Map<string, Verification>();
  return (options) => {
    const { json } = options;
    const verification = verifications.get(json) ?? createVerification(binding, options, kept);
    // Set again, so that the least recently used comes first.
    verifications.delete(json);
    verifications.set(json, verification);
    if (verifications.size > MAX_VERIFICATIONS)
      verifications.delete(String(verifications.keys().next().value));
    return verification;
  };
}

/** How many new tokens came in a row, without a pause in which promises are settled. */
let inBurst = 0;
// Bound now: a test may replace `queueMicrotask`, or the methods of promises.
const afterBurst = Promise.prototype.then.bind(Promise.resolve(), () => {
  inBurst = 0;
});

function countInBurst(): void {
  if (inBurst === 0) afterBurst();
  inBurst += 1;
}

function createVerification(
  binding: Binding,
  options: CheckedOptions,
  kept: KeptClaims,
): Verification {
  const native = new binding.NativeVerifier(options.json);
  const prepareFetch = () => {
    if (options.https) handOverTrustRoots(binding);
  };

  /** On this thread, unless a key is missing or many tokens were verified just before. */
  function verify(token: unknown, now: number): object | Promise<object> {
    if (typeof token !== 'string') throw notAString(token);
    if (inBurst > 0) return verifyInBurst(token, now);
    const answer = native.verify(token, now, 0);
    if (typeof answer === 'number') return repeatedClaims(native, kept, answer, token, now);
    countInBurst();
    if (typeof answer !== 'boolean') return claimsOf(answer as Outcome);
    return new Promise((resolve, reject) => {
      verifyLater(token, now, answer, settler(resolve, reject));
    });
  }

  /** With the callback from the start, since it is likely to be needed. */
  function verifyInBurst(token: string, now: number): Promise<object> {
    return new Promise((resolve, reject) => {
      const settle = settler(resolve, reject);
      const answer = native.verify(token, now, inBurst, settle);
      if (typeof answer === 'number')
        return resolve(repeatedClaims(native, kept, answer, token, now));
      countInBurst();
      if (answer === undefined) return;
      if (typeof answer !== 'boolean') settle(answer);
      else verifyLater(token, now, answer, settle);
    });
  }

  function verifyLater(token: string, now: number, needsFetch: boolean, settle: Settle): void {
    if (needsFetch) prepareFetch();
    native.verifyLater(token, now, needsFetch, settle);
  }

  return {
    verify,
    verifySync(token, now) {
      prepareFetch();
      if (typeof token !== 'string') throw notAString(token);
      return claimsOf(native.verifySync(token, now));
    },
    async ready() {
      prepareFetch();
      const outcome = await new Promise<Outcome>((resolve) => native.ready(resolve));
      if (typeof outcome !== 'string') throw new WorkosTokenError(outcome);
    },
    stats: () => native.stats(),
  };
}

/**
 * The claims of a token that the native cache knows. If code of the program ran in between and
 * another token was found meanwhile, the token is verified again.
 */
function repeatedClaims(
  native: NativeVerifier,
  kept: KeptClaims,
  number: number,
  token: string,
  now: number,
): object {
  const known = kept.get(number);
  if (known !== undefined) return known;
  const claims = claimsOf(native.foundClaims(number) ?? native.verifySync(token, now));
  kept.keep(number, claims);
  return claims;
}

function settler(resolve: (claims: object) => void, reject: (error: unknown) => void): Settle {
  return (outcome) => {
    try {
      resolve(claimsOf(outcome));
    } catch (error) {
      reject(error);
    }
  };
}

function claimsOf(outcome: Outcome): object {
  if (typeof outcome === 'string') return parseFrozen(outcome) as object;
  throw new WorkosTokenError(outcome);
}

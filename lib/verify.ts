// Every call of the native verifier, and how its answers become claims and errors. The forms of an
// answer are listed in binding.d.ts.

import type { VerifiedClaims, WorkosConnectionReport, WorkosTokenExplanation } from '../index.cjs';
import type { Binding, NativeVerifier, Outcome, StatsRecord } from './binding.d.ts';
import { testConnection } from './connection/index.ts';
import type { Sample } from './connection/options.ts';
import { WorkosTokenError } from './error.ts';
import { explain } from './explain.ts';
import { parseFrozen } from './frozen-json.ts';
import { createKeptClaims, type KeptClaims } from './kept-claims.ts';
import { notAString } from './not-a-string.ts';
import type { CheckedOptions } from './options/index.ts';
import { handOverTrustRoots } from './trust-roots.ts';

/** How many different options `verifyWorkosToken` keeps a native verifier for. */
const MAX_VERIFICATIONS = 100;

type Settle = (outcome: Outcome) => void;

/**
 * One `Verification` for each content of options, whatever object it is in: a changed object has
 * another, and a new object with the same content has the same.
 */
export function createVerifications(binding: Binding): (options: CheckedOptions) => Verification {
  const kept = createKeptClaims();
  const verifications = new Map<string, Verification>();
  return (options) => {
    const { json } = options;
    const verification = verifications.get(json) ?? new Verification(binding, options, kept);
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

/** The native verifier of some options. The time is Unix seconds. */
export class Verification {
  readonly #binding: Binding;
  readonly #native: NativeVerifier;
  readonly #kept: KeptClaims;
  readonly #https: boolean;
  readonly #json: string;

  constructor(binding: Binding, { json, https }: CheckedOptions, kept: KeptClaims) {
    this.#binding = binding;
    this.#native = binding.createVerifier(json);
    this.#kept = kept;
    this.#https = https;
    this.#json = json;
  }

  /**
   * On this thread, unless a key is missing or many tokens were verified just before. Claims that are
   * available at once come without a promise: waiting for one costs time.
   */
  verify(token: unknown, now: number): VerifiedClaims | Promise<VerifiedClaims> {
    if (typeof token !== 'string') throw notAString(token);
    if (inBurst > 0) return this.#verifyInBurst(token, now);
    const answer = this.#binding.verify(this.#native, token, now, 0);
    if (typeof answer === 'number') return this.#repeatedClaims(answer, token, now);
    countInBurst();
    if (typeof answer !== 'boolean') return claimsOf(answer as Outcome);
    return new Promise((resolve, reject) => {
      this.#verifyLater(token, now, answer, settler(resolve, reject));
    });
  }

  verifySync(token: unknown, now: number): VerifiedClaims {
    if (typeof token !== 'string') throw notAString(token);
    const outcome = this.#binding.verifySync(this.#native, token, now);
    // It may have started a fetch.
    this.#handOverRoots();
    return claimsOf(outcome);
  }

  async ready(): Promise<void> {
    const ready = new Promise<Outcome>((resolve) => this.#binding.ready(this.#native, resolve));
    this.#handOverRoots();
    const outcome = await ready;
    if (typeof outcome !== 'string') throw new WorkosTokenError(outcome);
  }

  explain(token: unknown, now: number): Promise<WorkosTokenExplanation> {
    const explanation = explain(this.#binding, this.#native, token, now);
    // It may have started a fetch.
    this.#handOverRoots();
    return explanation;
  }

  stats(): StatsRecord {
    return this.#binding.stats(this.#native);
  }

  testConnection(sample: Sample | undefined, now: number): Promise<WorkosConnectionReport> {
    const subject = { binding: this.#binding, native: this.#native, json: this.#json };
    return testConnection(subject, sample, now);
  }

  /** With the callback from the start, since it is likely to be needed. */
  #verifyInBurst(token: string, now: number): Promise<VerifiedClaims> {
    return new Promise((resolve, reject) => {
      const settle = settler(resolve, reject);
      const answer = this.#binding.verify(this.#native, token, now, inBurst, settle);
      if (typeof answer === 'number') return resolve(this.#repeatedClaims(answer, token, now));
      countInBurst();
      if (answer === undefined) return;
      if (typeof answer !== 'boolean') settle(answer);
      else this.#verifyLater(token, now, answer, settle);
    });
  }

  #verifyLater(token: string, now: number, needsFetch: boolean, settle: Settle): void {
    this.#binding.verifyLater(this.#native, token, now, needsFetch, settle);
    if (needsFetch) this.#handOverRoots();
  }

  /**
   * The claims of a token that the native cache remembers. If other code ran in between and looked up
   * another token, this one is verified again.
   */
  #repeatedClaims(number: number, token: string, now: number): VerifiedClaims {
    const known = this.#kept.get(number);
    if (known !== undefined) return known;
    const text =
      this.#binding.foundClaims(number) ?? this.#binding.verifySync(this.#native, token, now);
    const claims = claimsOf(text);
    this.#kept.keep(number, claims);
    return claims;
  }

  /** After a fetch was started, which waits for them. */
  #handOverRoots(): void {
    if (this.#https) handOverTrustRoots(this.#binding);
  }
}

function settler(
  resolve: (claims: VerifiedClaims) => void,
  reject: (error: unknown) => void,
): Settle {
  return (outcome) => {
    try {
      resolve(claimsOf(outcome));
    } catch (error) {
      reject(error);
    }
  };
}

function claimsOf(outcome: Outcome): VerifiedClaims {
  if (typeof outcome === 'string') return parseFrozen(outcome) as VerifiedClaims;
  throw new WorkosTokenError(outcome);
}

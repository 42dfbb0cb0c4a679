// Every call of the native verifier, and how its answers become claims and errors. The forms of an
// answer are listed in binding.d.ts.

import type { VerifiedClaims, WorkosConnectionReport, WorkosTokenExplanation } from '../index.cjs';
import type {
  Binding,
  NativeVerifier,
  Outcome,
  Settle,
  StatsRecord,
  WaitingCalls,
} from './binding.d.ts';
import { testConnection } from './connection/index.ts';
import type { Sample } from './connection/options.ts';
import { isRefusal, WorkosTokenError } from './error.ts';
import { explain, explainSession, type SealedSession } from './explain.ts';
import { parseFrozen } from './frozen-json.ts';
import { createHotTokens, type HotTokens } from './hot-tokens.ts';
import { notAString } from './not-a-string.ts';
import { type CheckedOptions, MAX_REMEMBERED } from './options/index.ts';
import { NativePromise } from './promise.ts';
import { handOverTrustRoots } from './trust-roots.ts';
import { waitingCalls } from './waiting.ts';

/** What `verify` says at once. What is thrown and caught costs more, so a refusal is a value here. */
export type Verdict = VerifiedClaims | WorkosTokenError | Promise<VerifiedClaims>;

/**
 * One `Verification` for each content of options, whatever object it is in: a changed object has
 * another, and a new object with the same content has the same.
 */
export function createVerifications(binding: Binding): (options: CheckedOptions) => Verification {
  const shared = { hot: createHotTokens(), calls: waitingCalls(binding) };
  const byContent = new WeakMap<object, Verification>();
  /** For what is not remembered by its content. The least recently used comes first. */
  const byJson = new Map<string, Verification>();

  function verificationFor(options: CheckedOptions): Verification {
    const { json } = options;
    const verification = byJson.get(json) ?? new Verification(binding, options, shared);
    byJson.delete(json);
    byJson.set(json, verification);
    if (byJson.size > MAX_REMEMBERED) byJson.delete(String(byJson.keys().next().value));
    return verification;
  }

  return (options) => {
    const { content } = options;
    if (content === undefined) return verificationFor(options);
    const known = byContent.get(content);
    if (known !== undefined) return known;
    const verification = verificationFor(options);
    byContent.set(content, verification);
    return verification;
  };
}

/** How many new tokens came in a row, without a pause in which promises are settled. */
let inBurst = 0;
// Bound now: a test may replace `queueMicrotask`, or the methods of promises.
const afterBurst = NativePromise.prototype.then.bind(NativePromise.resolve(), () => {
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
  readonly #hot: HotTokens;
  readonly #calls: WaitingCalls;
  readonly #https: boolean;
  readonly #json: string;

  constructor(
    binding: Binding,
    { json, https }: CheckedOptions,
    { hot, calls }: { hot: HotTokens; calls: WaitingCalls },
  ) {
    this.#binding = binding;
    this.#native = binding.createVerifier(json);
    this.#hot = hot;
    this.#calls = calls;
    this.#https = https;
    this.#json = json;
  }

  /**
   * On this thread, unless a key is missing or many tokens were verified just before. Claims that are
   * available at once come without a promise: waiting for one costs time.
   */
  verify(token: unknown, now: number): Verdict {
    if (typeof token !== 'string') return notAString(token);
    return this.#verifyHot(token, now) ?? this.#verifyText(token, now);
  }

  /** `undefined` if the token is not hot, or no longer remembered, or its key has changed. */
  #verifyHot(token: string, now: number): VerifiedClaims | WorkosTokenError | undefined {
    const hot = this.#hot.find(token);
    if (hot === undefined) return undefined;
    const answer = this.#binding.recheck(this.#native, hot.number, now);
    if (answer === true) return hot.claims;
    return answer === false ? undefined : new WorkosTokenError(answer);
  }

  #verifyText(token: string, now: number): Verdict {
    if (inBurst > 0) return this.#verifyInBurst(token, now);
    const answer = this.#binding.verify(this.#native, token, now, 0);
    if (typeof answer === 'number') return this.#repeatedClaims(answer, token, now);
    countInBurst();
    if (typeof answer !== 'boolean') return verdictOf(answer as Outcome);
    return new NativePromise((resolve, reject) => {
      this.#verifyLater(token, now, answer, this.#calls.number(), settler(resolve, reject));
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
    const ready = new NativePromise<Outcome>((resolve) => {
      const number = this.#calls.number();
      this.#binding.ready(this.#native, number);
      this.#calls.wait(number, resolve);
    });
    this.#handOverRoots();
    const outcome = await ready;
    if (typeof outcome !== 'string') throw new WorkosTokenError(outcome);
  }

  exportKeys(): string | undefined {
    return this.#binding.exportKeys(this.#native) ?? undefined;
  }

  explain(token: unknown, now: number): Promise<WorkosTokenExplanation> {
    const [binding, native, calls] = [this.#binding, this.#native, this.#calls];
    const explanation = explain({ binding, native, calls }, token, now);
    // It may have started a fetch.
    this.#handOverRoots();
    return explanation;
  }

  explainSession(session: SealedSession, now: number): Promise<WorkosTokenExplanation> {
    const [binding, native, calls] = [this.#binding, this.#native, this.#calls];
    const explanation = explainSession({ binding, native, calls }, session, now);
    // It may have started a fetch.
    this.#handOverRoots();
    return explanation;
  }

  stats(): StatsRecord {
    return this.#binding.stats(this.#native);
  }

  testConnection(sample: Sample | undefined, now: number): Promise<WorkosConnectionReport> {
    const [binding, native, calls] = [this.#binding, this.#native, this.#calls];
    const subject = { binding, native, calls, json: this.#json };
    return testConnection(subject, sample, now);
  }

  /** With a number from the start, since it is likely to be needed. */
  #verifyInBurst(token: string, now: number): Promise<VerifiedClaims> {
    return new NativePromise((resolve, reject) => {
      const number = this.#calls.number();
      const answer = this.#binding.verify(this.#native, token, now, inBurst, number);
      if (typeof answer === 'number') return resolve(this.#repeatedClaims(answer, token, now));
      countInBurst();
      const settle = settler(resolve, reject);
      if (answer === undefined) return this.#calls.wait(number, settle);
      if (typeof answer !== 'boolean') settle(answer);
      else this.#verifyLater(token, now, answer, number, settle);
    });
  }

  #verifyLater(
    token: string,
    now: number,
    needsFetch: boolean,
    number: number,
    settle: Settle,
  ): void {
    this.#binding.verifyLater(this.#native, token, now, needsFetch, number);
    this.#calls.wait(number, settle);
    if (needsFetch) this.#handOverRoots();
  }

  /**
   * The claims of a token that the native cache remembers. From now on it is hot. If other code ran in
   * between and looked up another token, this one is verified again.
   */
  #repeatedClaims(number: number, token: string, now: number): VerifiedClaims {
    const found = this.#binding.found(number);
    if (found === null) return claimsOf(this.#binding.verifySync(this.#native, token, now));
    const claims = claimsOf(found.claims);
    const size = found.token.length + found.claims.length;
    this.#hot.keep({ token: found.token, number, claims, size });
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
  const verdict = verdictOf(outcome);
  if (isRefusal(verdict)) throw verdict;
  return verdict;
}

function verdictOf(outcome: Outcome): VerifiedClaims | WorkosTokenError {
  if (typeof outcome === 'string') return parseFrozen(outcome) as VerifiedClaims;
  return new WorkosTokenError(outcome);
}

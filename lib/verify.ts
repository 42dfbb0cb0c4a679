// Every call of the native verifier, and how its answers become claims and errors. The forms of an
// answer are listed in binding.d.ts.

import type {
  VerifiedClaims,
  WorkosConnectionReport,
  WorkosTokenExplanation,
  WorkosTokenHeader,
} from '../index.cjs';
import type {
  Binding,
  NativeVerifier,
  Outcome,
  Settle,
  StatsRecord,
  WaitingCalls,
} from './binding.d.ts';
import { type Findings, findConnection, testConnection } from './connection/index.ts';
import type { Sample } from './connection/options.ts';
import { isRefusal, WorkosTokenError } from './error.ts';
import { explain, explainSession, type SealedSession } from './explain.ts';
import { parseFrozen } from './frozen-json.ts';
import { createHotTokens, type HotTokens } from './hot-tokens.ts';
import { notAString } from './not-a-string.ts';
import { type CheckedOptions, MAX_REMEMBERED } from './options/index.ts';
import { NativePromise } from './promise.ts';
import { handOverWantedRoots } from './trust-roots.ts';
import { waitingCalls } from './waiting.ts';

/** What `verify` says at once. What is thrown and caught costs more, so a refusal is a value here. */
export type Verdict<T = VerifiedClaims> = T | WorkosTokenError | Promise<T>;

/**
 * Makes what a call results in from the claims and, of several entries, the place of the one that accepted
 * the token. It must not throw.
 */
export type Shape<T> = (claims: VerifiedClaims, entry: number | undefined) => T;

const claimsAlone: Shape<VerifiedClaims> = (claims) => claims;

/** The character before the claims that stands for the first of several entries. */
const FIRST_ENTRY = '0'.charCodeAt(0);

/** What the verifications of one thread share. */
interface Shared {
  hot: HotTokens;
  calls: WaitingCalls;
}

/**
 * One `Verification` for each content of options, whatever object it is in: a changed object has
 * another, and a new object with the same content has the same.
 */
export function createVerifications(binding: Binding): (options: CheckedOptions) => Verification {
  const shared: Shared = { hot: createHotTokens(), calls: waitingCalls(binding) };
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

/** The native verifier of some options, or of the options of several entries. The time is Unix seconds. */
export class Verification {
  readonly #binding: Binding;
  readonly #native: NativeVerifier;
  readonly #shared: Shared;
  readonly #hot: HotTokens;
  readonly #calls: WaitingCalls;
  readonly #json: string;
  readonly #isSeveral: boolean;
  /** Whether a request may want the trust roots, which are not handed over yet. */
  #mayWantRoots: boolean;

  constructor(
    binding: Binding,
    { json, https }: Pick<CheckedOptions, 'json' | 'https'>,
    shared: Shared,
    native: NativeVerifier = binding.createVerifier(json),
  ) {
    this.#binding = binding;
    this.#native = native;
    this.#shared = shared;
    this.#hot = shared.hot;
    this.#calls = shared.calls;
    this.#json = json;
    this.#isSeveral = json[0] === '[';
    this.#mayWantRoots = https;
  }

  /** One of several entries alone, with the same keys. */
  entry(index: number, options: CheckedOptions): Verification {
    const native = this.#binding.entryOf(this.#native, index);
    return new Verification(this.#binding, options, this.#shared, native);
  }

  /**
   * On this thread, unless a key is missing or many tokens were verified just before. Claims that are
   * available at once come without a promise: waiting for one costs time.
   */
  verify(token: unknown, now: number): Verdict {
    return this.verifyAs(token, now, claimsAlone);
  }

  /** The same, with something else than the claims as the result. */
  verifyAs<T>(token: unknown, now: number, shape: Shape<T>): Verdict<T> {
    if (typeof token !== 'string') return notAString(token);
    const verdict = this.#verifyHot(token, now, shape) ?? this.#verifyText(token, now, shape);
    // It may have started a fetch, also behind a token that it accepts.
    if (this.#mayWantRoots) this.#handOverRoots();
    return verdict;
  }

  /** `undefined` if the token is not hot, or no longer remembered, or its key has changed. */
  #verifyHot<T>(token: string, now: number, shape: Shape<T>): T | WorkosTokenError | undefined {
    const hot = this.#hot.find(token);
    if (hot === undefined) return undefined;
    const answer = this.#binding.recheck(this.#native, hot.number, now);
    if (answer === true) return shape(hot.claims, undefined);
    if (answer === false) return undefined;
    return typeof answer === 'number' ? shape(hot.claims, answer) : new WorkosTokenError(answer);
  }

  #verifyText<T>(token: string, now: number, shape: Shape<T>): Verdict<T> {
    if (inBurst > 0) return this.#verifyInBurst(token, now, shape);
    const answer = this.#binding.verify(this.#native, token, now, 0);
    if (typeof answer === 'number') return this.#repeated(answer, token, now, shape);
    countInBurst();
    if (typeof answer !== 'boolean') return this.#verdictOf(answer as Outcome, shape);
    return new NativePromise((resolve, reject) => {
      const settle = this.#settler(shape, resolve, reject);
      this.#verifyLater(token, now, answer, this.#calls.number(), settle);
    });
  }

  verifySync(token: unknown, now: number): VerifiedClaims {
    return this.verifySyncAs(token, now, claimsAlone);
  }

  verifySyncAs<T extends object>(token: unknown, now: number, shape: Shape<T>): T {
    if (typeof token !== 'string') throw notAString(token);
    const verdict = this.#verifyHot(token, now, shape) ?? this.#verifyNow(token, now, shape);
    // It may have started a fetch.
    if (this.#mayWantRoots) this.#handOverRoots();
    if (isRefusal(verdict)) throw verdict;
    return verdict;
  }

  #verifyNow<T extends object>(token: string, now: number, shape: Shape<T>): T | WorkosTokenError {
    return this.#verdictOf(this.#binding.verifySync(this.#native, token, now), shape);
  }

  /** The header of a token that was verified, frozen. */
  header(token: string): WorkosTokenHeader {
    return parseFrozen(this.#binding.header(token) ?? '{}') as WorkosTokenHeader;
  }

  async ready(): Promise<void> {
    const ready = new NativePromise<Outcome>((resolve) => {
      const number = this.#calls.number();
      this.#binding.ready(this.#native, number);
      this.#calls.wait(number, resolve);
    });
    if (this.#mayWantRoots) this.#handOverRoots();
    const outcome = await ready;
    if (typeof outcome !== 'string') throw new WorkosTokenError(outcome);
  }

  exportKeys(): string | undefined {
    return this.#binding.exportKeys(this.#native) ?? undefined;
  }

  explain(token: unknown, now: number, names?: readonly string[]): Promise<WorkosTokenExplanation> {
    const [binding, native, calls] = [this.#binding, this.#native, this.#calls];
    const explanation = explain({ binding, native, calls, names }, token, now);
    // It may have started a fetch.
    if (this.#mayWantRoots) this.#handOverRoots();
    return explanation;
  }

  explainSession(
    session: SealedSession,
    now: number,
    names?: readonly string[],
  ): Promise<WorkosTokenExplanation> {
    const [binding, native, calls] = [this.#binding, this.#native, this.#calls];
    const explanation = explainSession({ binding, native, calls, names }, session, now);
    // It may have started a fetch.
    if (this.#mayWantRoots) this.#handOverRoots();
    return explanation;
  }

  stats(): StatsRecord {
    return this.#binding.stats(this.#native);
  }

  testConnection(sample: Sample | undefined, now: number): Promise<WorkosConnectionReport> {
    return testConnection(this.#subject(), sample, now);
  }

  /** What a test of the connection finds, before it is reported. */
  findConnection(sample: Sample | undefined, now: number): Promise<Findings> {
    return findConnection(this.#subject(), sample, now);
  }

  #subject() {
    return {
      binding: this.#binding,
      native: this.#native,
      calls: this.#calls,
      json: this.#json,
    };
  }

  /** With a number from the start, since it is likely to be needed. */
  #verifyInBurst<T>(token: string, now: number, shape: Shape<T>): Promise<T> {
    return new NativePromise((resolve, reject) => {
      const number = this.#calls.number();
      const answer = this.#binding.verify(this.#native, token, now, inBurst, number);
      if (typeof answer === 'number') return resolve(this.#repeated(answer, token, now, shape));
      countInBurst();
      const settle = this.#settler(shape, resolve, reject);
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
  }

  /**
   * The result of a token that the native cache remembers. From now on it is hot. If other code ran in
   * between and looked up another token, this one is verified again.
   */
  #repeated<T>(number: number, token: string, now: number, shape: Shape<T>): T {
    const found = this.#binding.found(number);
    if (found === null)
      return this.#resultOf(this.#binding.verifySync(this.#native, token, now), shape);
    const claims = parseFrozen(found.claims) as VerifiedClaims;
    const size = found.token.length + found.claims.length;
    this.#hot.keep({ token: found.token, number, claims, size });
    return shape(claims, Object.hasOwn(found, 'entry') ? found.entry : undefined);
  }

  #handOverRoots(): void {
    this.#mayWantRoots = !handOverWantedRoots(this.#binding);
  }

  #settler<T>(
    shape: Shape<T>,
    resolve: (result: T) => void,
    reject: (error: unknown) => void,
  ): Settle {
    return (outcome) => {
      try {
        resolve(this.#resultOf(outcome, shape));
      } catch (error) {
        reject(error);
      }
    };
  }

  #resultOf<T>(outcome: Outcome, shape: Shape<T>): T {
    if (typeof outcome === 'string') return this.#accepted(outcome, shape);
    throw new WorkosTokenError(outcome);
  }

  #verdictOf<T>(outcome: Outcome, shape: Shape<T>): T | WorkosTokenError {
    if (typeof outcome === 'string') return this.#accepted(outcome, shape);
    return new WorkosTokenError(outcome);
  }

  #accepted<T>(text: string, shape: Shape<T>): T {
    if (!this.#isSeveral) return shape(parseFrozen(text) as VerifiedClaims, undefined);
    return shape(parseFrozen(text.slice(1)) as VerifiedClaims, text.charCodeAt(0) - FIRST_ENTRY);
  }
}

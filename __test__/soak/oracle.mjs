// @ts-nocheck: written without types.
// Judges calls after the fact: from the history of who published and answered what, from the requests
// as the package's events tell of them (landings.mjs compares them with what the server saw), and from
// the truth about each token (tokens.mjs), which labels.mjs has checked with another library. Of how the
// package works it knows nothing else.
//
// Which sets may be in memory during a call is exact: the one that the last request before it brought,
// and those that came until it ended. Under each set a token has one right verdict:
//
// - UNKNOWN_KEY if the set lacks its kid for its algorithm, or has it twice; INVALID_ISSUER if the token also names
//   another issuer;
// - INVALID_SIGNATURE if another key than its signer has its kid;
// - acceptance, or the fault of its claims, if its signer has.
//
// A call is right with the verdict of a set that may be in memory and is not past its grace time. If all
// of them agree, and none lacks the kid, there is no other right answer, and nothing to wait for. Else
// these may be right too:
//
// - UNKNOWN_KEY, for no longer after its signer was published under its kid than a cooldown and one
//   request take (a call that can't wait: until an answer comes), and never while a back-off lasts;
// - JWKS_FETCH_FAILED while a request fails or its back-off lasts, or after the caller's own time with
//   a request under way.
//
// Only what a thread of JavaScript needs its time for has a margin, to which is added for how long one
// stood still.
import { groupBy } from './chance.mjs';
import { CLOCKS_MS, matchLandings } from './landings.mjs';

/** Between what happens and what JavaScript sees of it: the threads share busy cores. */
const MARGIN_MS = 500;
/** A stall has effects for so long. */
const STALL_ECHO_MS = 3_000;
const LONGEST_REQUEST_MS = 900;
const BACK_OFF_MIN_MS = 250;
/** The outcome of a call that was accepted, with the right claims. */
export const ACCEPTED = 'user_1';
const UNKNOWN = 'UNKNOWN_KEY';
const FAILED = 'JWKS_FETCH_FAILED';

/**
 * @param {{ callers: object[], tokens: object[], sets: object[], answers: object[],
 *   landings: object[], stalls: object[] }} history
 */
export function createOracle(history) {
  const { callers, tokens, answers, landings, stalls } = history;
  const timelines = groupBy(history.sets, ({ source }) => source);
  const asked = groupBy(
    answers.toSorted((one, other) => one.arrivedAt - other.arrivedAt),
    ({ source }) => source,
  );

  const margin = (from, to) => {
    const near = stalls.filter((stall) => stall.to > from - STALL_ECHO_MS && stall.from < to + 100);
    return MARGIN_MS + near.reduce((sum, stall) => sum + stall.to - stall.from, 0);
  };

  const matched = matchLandings(landings, answers, margin);
  const requestsOf = (source) => matched.bySource[source] ?? [];
  const taken = Object.fromEntries(
    Object.keys(matched.bySource).map((source) => [
      source,
      requestsOf(source).filter(({ isTaken }) => isTaken),
    ]),
  );
  const takenBy = (source) => taken[source] ?? [];

  /** The key that a token names in a set: the one of its kid and algorithm. */
  const keyIn = (source, set, { kid, alg }) => {
    const named = timelines[source][set].keys.filter((key) => key.kid === kid && key.alg === alg);
    return named.length === 1 ? named[0].id : undefined;
  };

  /** Since when a token's signer is the key that it names, without a break until then. */
  const publishedSince = (source, truth, until) => {
    let since;
    for (const [index, { at }] of timelines[source].entries()) {
      if (at > until) break;
      if (keyIn(source, index, truth) !== truth.signer) since = undefined;
      else since ??= at;
    }
    return truth.signer === undefined ? undefined : since;
  };

  /** The verdict of a set: the one right answer while it alone is in memory. */
  const verdictOf = (source, set, truth) => {
    const { signer, fault } = truth;
    const named = keyIn(source, set, truth);
    if (named === undefined) return fault === 'INVALID_ISSUER' ? fault : UNKNOWN;
    return named === signer ? (fault ?? ACCEPTED) : 'INVALID_SIGNATURE';
  };

  /** The set that was in memory when the call began, and all that were until it ended. */
  const inMemory = ({ source, startedAt, endedAt }) => {
    const good = takenBy(source).filter((one) => one.endedAt <= endedAt + CLOCKS_MS);
    const sure = good.findLastIndex((one) => one.endedAt + CLOCKS_MS < startedAt);
    return { sure: good[sure], possible: good.slice(Math.max(0, sure)) };
  };

  /** Whether a failure, or the pause after it, reaches into the call. */
  const fails = ({ source, startedAt, endedAt }) =>
    requestsOf(source).some((one, index, list) => {
      if (one.isTaken || one.endedAt > endedAt + CLOCKS_MS) return false;
      const next = list[index + 1];
      const isOver = next?.isTaken && next.endedAt + CLOCKS_MS < startedAt;
      return !isOver && startedAt <= one.endedAt + one.pauseMs + CLOCKS_MS;
    });

  /** Whether the caller's own time was over before the request's. */
  const timesOut = ({ source, startedAt, endedAt }, timeoutMs) =>
    endedAt - startedAt > timeoutMs - CLOCKS_MS &&
    requestsOf(source).some(
      (one) => one.startedAt < endedAt && one.endedAt > startedAt + timeoutMs - CLOCKS_MS,
    );

  /** Whether the pause after a failure lasts for the whole call. */
  const mustBackOff = ({ source, startedAt, endedAt }) => {
    const last = requestsOf(source).findLast((one) => one.startedAt <= endedAt + CLOCKS_MS);
    if (!last || last.isTaken || last.endedAt + CLOCKS_MS > startedAt) return false;
    return endedAt < last.endedAt + last.pauseMs - CLOCKS_MS;
  };

  /** What is wrong with what a call came to; nothing where it is right. */
  function judge(call) {
    const { source, outcome, startedAt, endedAt } = call;
    const truth = tokens[call.token];
    const { maxAgeSeconds, staleIfErrorSeconds, timeoutMs } = callers[call.caller];
    const slack = margin(startedAt, endedAt);
    const tookMs = endedAt - startedAt;
    if (tookMs > timeoutMs + slack) return `it took ${tookMs.toFixed()} ms`;
    if (truth.always !== undefined) return judgeAlways(truth.always, outcome);

    const { sure, possible } = inMemory(call);
    // What a request brought is not known: `judgeRequests` says so, if no thread stood still.
    if (possible.some(({ set }) => set === undefined)) return undefined;
    const graceMs = (maxAgeSeconds + staleIfErrorSeconds) * 1_000;
    const verdict = (one) => verdictOf(source, one.set, truth);
    const verdicts = possible.map(verdict);
    const isCertain = verdicts.every((one) => one === verdicts[0] && one !== UNKNOWN);
    const isServable = sure && endedAt < sure.endedAt + graceMs - CLOCKS_MS;
    if (isCertain && isServable) {
      if (outcome !== verdicts[0]) return wrong(outcome, truth, `${verdicts[0]} was certain`);
      return tookMs > slack ? `it waited ${tookMs.toFixed()} ms, its key in memory` : undefined;
    }
    const facts = { ...call, truth, slack, verdicts, timeoutMs };
    if (outcome === UNKNOWN) return wrong(outcome, truth, judgeUnknown(facts));
    if (outcome === FAILED) return wrong(outcome, truth, judgeFailed(facts));
    const same = possible.filter((one) => verdict(one) === outcome);
    if (same.length === 0) return wrong(outcome, truth, 'no set that may be in memory says so');
    // Of a kid that the set lacks nothing is said by a key, whose age would count.
    const isYoung = same.some(
      (one) =>
        startedAt < one.endedAt + graceMs + CLOCKS_MS ||
        keyIn(source, one.set, truth) === undefined,
    );
    return isYoung ? undefined : wrong(outcome, truth, 'the key is past its grace time');
  }

  function judgeUnknown(facts) {
    const { source, truth, sync, startedAt, endedAt, slack, verdicts } = facts;
    if (!verdicts.includes(UNKNOWN)) return 'no set that may be in memory lacks its kid';
    if (mustBackOff(facts)) return 'a request has just failed';
    const since = publishedSince(source, truth, endedAt);
    const { cooldownSeconds } = callers[facts.caller];
    const latest = since + cooldownSeconds * 1_000 + LONGEST_REQUEST_MS + slack;
    if (sync || since === undefined || startedAt <= latest) return undefined;
    return `its key was published ${(startedAt - since).toFixed()} ms ago`;
  }

  function judgeFailed(facts) {
    const isRight = facts.sync || fails(facts) || timesOut(facts, facts.timeoutMs);
    return isRight ? undefined : 'no request has failed';
  }

  /** What is wrong with when the server was asked: by the events, and by what it saw itself. */
  function judgeRequests() {
    const wrong = [...matched.wrong];
    for (const list of Object.values(asked)) {
      for (const [index, next] of list.entries()) {
        const last = list[index - 1];
        if (last === undefined) continue;
        const slack = margin(last.arrivedAt, next.arrivedAt);
        const gapMs = next.arrivedAt - last.arrivedAt;
        const leastMs = last.retryAfterMs ?? BACK_OFF_MIN_MS;
        const isTaken = last.isGood && last.finishedAt !== undefined;
        if (!isTaken && gapMs < leastMs - slack / 5)
          wrong.push(`${next.source}: asked ${gapMs.toFixed()} ms after ${last.fault}`);
        if (next.arrivedAt < (last.finishedAt ?? last.closedAt) - slack)
          wrong.push(`${next.source}: two requests at once`);
      }
    }
    return wrong;
  }

  return { judge, judgeRequests, verdictOf, publishedSince };
}

/** Of a fault that shows before any key is looked for. */
function judgeAlways(always, outcome) {
  return outcome === always ? undefined : `${outcome}, but ${always} was certain`;
}

function wrong(outcome, { signer, fault }, why) {
  if (why === undefined) return undefined;
  if (outcome === ACCEPTED) return `WRONG ACCEPTANCE: ${why}`;
  const isGood = signer !== undefined && fault === undefined;
  return `${isGood ? 'FALSE' : 'WRONG'} REFUSAL: ${outcome}, but ${why}`;
}

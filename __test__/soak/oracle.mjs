// @ts-nocheck: written without types.
// Judges calls after the fact: from the history of who published and answered what, from the requests
// as the package's events tell of them (landings.mjs compares them with what the server saw), and with
// another library's eyes (jose). Of how the package works it knows nothing else.
//
// Which sets may be in memory during a call is exact: the one that the last request before it brought,
// and those that came until it ended.
//
// Right acceptance: the token is good under the one key that its kid names in such a set, which is not
// past its grace time.
//
// Right refusal, of a token that is good under a key of this source:
// - never, while every set that may be in memory holds its key and is not past its grace time;
// - INVALID_SIGNATURE while a set that may be in memory has another key under its kid;
// - UNKNOWN_KEY while one lacks its kid, or has it twice, and for no longer after the key was
//   published than a cooldown and one request take (a call that can't wait: until an answer comes),
//   and never while a back-off lasts;
// - JWKS_FETCH_FAILED while a request fails or its back-off lasts, or after the caller's own time with
//   a request under way.
//
// Only what a thread of JavaScript needs its time for has a margin, to which is added for how long one
// stood still.
import { decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import { groupBy } from './chance.mjs';
import { CLOCKS_MS, matchLandings } from './landings.mjs';

/** Between what happens and what JavaScript sees of it: the threads share busy cores. */
const MARGIN_MS = 500;
/** A stall has effects for so long. */
const STALL_ECHO_MS = 3_000;
const LONGEST_REQUEST_MS = 900;
const BACK_OFF_MIN_MS = 250;
const CODES = new Set([
  'MALFORMED_TOKEN',
  'UNSUPPORTED_ALGORITHM',
  'UNKNOWN_KEY',
  'INVALID_SIGNATURE',
  'TOKEN_EXPIRED',
  'INVALID_ISSUER',
  'INVALID_AUDIENCE',
  'INVALID_SUBJECT',
  'JWKS_FETCH_FAILED',
]);

/**
 * @param {{ clientId: string, issuer: string, callers: object[], tokens: object[], keys: object[],
 *   sets: object[], answers: object[], landings: object[], stalls: object[] }} history
 */
export function createOracle(history) {
  const { clientId, issuer, callers, tokens, keys, answers, landings, stalls } = history;
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

  const kids = tokens.map(({ text }) => {
    try {
      return decodeProtectedHeader(text).kid;
    } catch {
      return undefined;
    }
  });

  /** The key of this source that a token is good under, if there is one. */
  const genuine = memoise(async (source, token) => {
    for (const { id, jwk } of keys.filter(
      (key) => key.source === source && key.kid === kids[token],
    )) {
      const options = { issuer, audience: clientId, algorithms: ['RS256'], clockTolerance: 5 };
      const key = await importJWK(jwk, 'RS256');
      const verified = await jwtVerify(tokens[token].text, key, options).catch(() => undefined);
      if (verified?.payload.sub) return id;
    }
    return undefined;
  });

  const keyIn = (source, set, kid) => {
    const named = timelines[source][set].keys.filter((key) => key.kid === kid);
    return named.length === 1 ? named[0].id : undefined;
  };

  /** Since when the key is the only one of its kid, without a break until then. */
  const publishedSince = (source, id, kid, until) => {
    let since;
    for (const [index, { at }] of timelines[source].entries()) {
      if (at > until) break;
      if (keyIn(source, index, kid) !== id) since = undefined;
      else since ??= at;
    }
    return since;
  };

  /** The set that was in memory when the call began, and all that were until it ended. */
  const inMemory = ({ source, startedAt, endedAt }) => {
    const good = requestsOf(source).filter(
      (one) => one.isTaken && one.endedAt <= endedAt + CLOCKS_MS,
    );
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
  async function judge(call) {
    const { source, token, outcome, startedAt, endedAt } = call;
    const { maxAgeSeconds, staleIfErrorSeconds, timeoutMs } = callers[call.caller];
    const slack = margin(startedAt, endedAt);
    const tookMs = endedAt - startedAt;
    const id = await genuine(source, token);
    const { sure, possible } = inMemory(call);
    const holds = (answer) => keyIn(source, answer.set, kids[token]) === id;
    const graceMs = (maxAgeSeconds + staleIfErrorSeconds) * 1_000;
    const servable = sure && possible.every(holds) && endedAt < sure.endedAt + graceMs - CLOCKS_MS;
    const facts = { ...call, id, kid: kids[token], slack, possible, graceMs, timeoutMs };

    if (tookMs > timeoutMs + slack) return `it took ${tookMs.toFixed()} ms`;
    if (outcome.startsWith('user_')) {
      const wrong = judgeAcceptance(facts, holds);
      if (wrong) return `WRONG ACCEPTANCE: ${wrong}`;
    } else if (!CODES.has(outcome)) return `an odd refusal: ${outcome}`;
    if (id === undefined) return undefined;
    if (servable && tookMs > slack) return `it waited ${tookMs.toFixed()} ms, its key in memory`;
    if (outcome === 'user_1') return undefined;
    const wrong = servable ? 'its key is in memory' : judgeRefusal(facts);
    return wrong && `FALSE REFUSAL: ${outcome}, but ${wrong}`;
  }

  function judgeAcceptance({ id, outcome, possible, startedAt, graceMs }, holds) {
    if (id === undefined || outcome !== 'user_1') return 'a bad token';
    const held = possible.filter(holds);
    if (held.length === 0) return 'no such key can be in memory';
    const isYoung = held.some((one) => startedAt < one.endedAt + graceMs + CLOCKS_MS);
    return isYoung ? undefined : 'the key is past its grace time';
  }

  function judgeRefusal(facts) {
    const { source, id, kid, sync, outcome, startedAt, endedAt, slack, possible } = facts;
    const named = possible.map((one) => keyIn(source, one.set, kid));
    if (outcome === 'INVALID_SIGNATURE') {
      const isOther = named.some((other) => other !== undefined && other !== id);
      return isOther ? undefined : 'no other key can be in memory';
    }
    if (outcome === 'UNKNOWN_KEY') {
      if (!named.includes(undefined)) return 'no set that may be in memory lacks it';
      if (mustBackOff(facts)) return 'a request has just failed';
      const sinceMs = startedAt - publishedSince(source, id, kid, endedAt);
      const { cooldownSeconds } = callers[facts.caller];
      const isLate = sinceMs > cooldownSeconds * 1_000 + LONGEST_REQUEST_MS + slack;
      return isLate && !sync ? `it was published ${sinceMs.toFixed()} ms ago` : undefined;
    }
    if (outcome !== 'JWKS_FETCH_FAILED') return 'the token is good';
    const isRight = sync || fails(facts) || timesOut(facts, facts.timeoutMs);
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

  return {
    judge,
    judgeRequests,
    genuine,
    publishedSince: (source, id, at) => {
      const { kid } = keys.find((key) => key.id === id);
      return publishedSince(source, id, kid, at);
    },
  };
}

function memoise(find) {
  const found = new Map();
  return async (source, token) => {
    const key = `${source} ${token}`;
    if (!found.has(key)) found.set(key, find(source, token));
    return found.get(key);
  };
}

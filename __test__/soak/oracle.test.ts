// The judge of the soak judges right: small histories, on a clock of their own.
import { describe, expect, it } from 'vitest';
import { CLIENT_ID, createSigner, forge, ISSUER } from '../support/jws.js';
import { createOracle } from './oracle.mjs';

const signer = createSigner();
const key = { source: 'a', id: 'a:1', kid: signer.kid, jwk: signer.jwk };
const callers = [{ maxAgeSeconds: 1, staleIfErrorSeconds: 1, cooldownSeconds: 1, timeoutMs: 600 }];
const GOOD = 0;
const FORGED = 1;

interface Request {
  startedAt: number;
  endedAt: number;
  outcome?: string;
  code?: string;
  pauseMs?: number;
}

/** A good request unless it has a code, and what the server saw of it. */
function oracleOf(requests: Request[], changes: object = {}, sets = [[key]]) {
  const landings = requests.map((request, index) => ({
    source: 'a',
    request: index + 1,
    outcome: request.code === undefined ? 'fetched' : 'failed',
    isTaken: request.code === undefined,
    pauseMs: 0,
    ...request,
  }));
  const answers = landings.map(({ startedAt, endedAt, isTaken }) => ({
    source: 'a',
    fault: isTaken ? 'none' : 'error',
    set: 0,
    arrivedAt: startedAt + 10,
    finishedAt: endedAt - 10,
    closedAt: endedAt,
    isGood: isTaken,
  }));
  return createOracle({
    clientId: CLIENT_ID,
    issuer: ISSUER,
    callers,
    tokens: [{ text: signer.sign() }, { text: forge(signer.kid) }],
    keys: [key],
    sets: sets.map((keys, at) => ({ source: 'a', at, keys })),
    answers,
    landings,
    stalls: [],
    ...changes,
  });
}

function call(outcome: string, startedAt: number, endedAt = startedAt + 1, token = GOOD) {
  return { source: 'a', caller: 0, token, sync: false, outcome, startedAt, endedAt };
}

const FETCHED = { startedAt: 100, endedAt: 200 };
const FAILED = { startedAt: 100, endedAt: 200, code: 'STATUS', pauseMs: 300 };

describe('an acceptance', () => {
  it.each([
    ['with the key in memory', call('user_1', 300), undefined],
    ['of a forgery', call('user_1', 300, 301, FORGED), /a bad token/],
    ['before the keys can be there', call('user_1', 150, 190), /no such key can be in memory/],
    ['as they land', call('user_1', 150, 201), undefined],
    ['in the last moment of grace', call('user_1', 2_199), undefined],
    ['after it', call('user_1', 2_210), /past its grace time/],
  ])('%s', async (_, given, wrong) => {
    const verdict = await oracleOf([FETCHED]).judge(given);
    if (wrong === undefined) expect(verdict).toBeUndefined();
    else expect(verdict).toMatch(wrong);
  });
});

describe('a refusal of a good token', () => {
  it.each([
    ['with its key in memory', [FETCHED], call('JWKS_FETCH_FAILED', 210), /key is in memory/],
    ['while a request fails', [FAILED], call('JWKS_FETCH_FAILED', 110, 201), undefined],
    ['until the pause is over', [FAILED], call('JWKS_FETCH_FAILED', 495), undefined],
    ['after the pause', [FAILED], call('JWKS_FETCH_FAILED', 510), /no request has failed/],
    [
      'whose key is past its grace time, during a pause',
      [FETCHED, { ...FAILED, startedAt: 2_300, endedAt: 2_400 }],
      call('JWKS_FETCH_FAILED', 2_410),
      undefined,
    ],
    // The server saw the request late, and the caller's time ran from its beginning.
    [
      'after its own time',
      [{ startedAt: 0, endedAt: 850 }],
      call('JWKS_FETCH_FAILED', 5, 606),
      undefined,
    ],
    [
      'before its own time is over',
      [{ startedAt: 0, endedAt: 850 }],
      call('JWKS_FETCH_FAILED', 5, 500),
      /no request has failed/,
    ],
    ['as forged', [FETCHED], call('INVALID_SIGNATURE', 210), /key is in memory/],
    ['as odd', [FETCHED], call('NO_CODE', 210), /odd refusal/],
  ])('%s', async (_, requests, given, wrong) => {
    const verdict = await oracleOf(requests).judge(given);
    if (wrong === undefined) expect(verdict).toBeUndefined();
    else expect(verdict).toMatch(wrong);
  });

  it('as unknown: right where the set lacks the key, wrong while a pause lasts', async () => {
    const lacking = oracleOf([FETCHED], {}, [[]]);
    expect(await lacking.judge(call('UNKNOWN_KEY', 210))).toBeUndefined();
    const failing = oracleOf([FETCHED, { ...FAILED, startedAt: 300, endedAt: 400 }], {}, [[]]);
    expect(await failing.judge(call('UNKNOWN_KEY', 450))).toMatch(/a request has just failed/);
  });
});

describe('the requests', () => {
  const wrongIn = (requests: Request[], changes?: object) =>
    oracleOf(requests, changes).judgeRequests();

  it('are right one after the other, with the pause between', () => {
    expect(wrongIn([FAILED, { startedAt: 500, endedAt: 600 }])).toEqual([]);
  });

  it.each([
    [
      'too early',
      [FAILED, { startedAt: 490, endedAt: 600 }],
      /asked 290\.0 ms after STATUS, 300 due/,
    ],
    ['two at once', [FETCHED, { startedAt: 150, endedAt: 300 }], /asked -50\.0 ms after/],
  ])('%s', (_, requests, wrong) => {
    expect(wrongIn(requests as Request[]).at(-1)).toMatch(wrong);
  });

  it('took only what the server sent', () => {
    expect(wrongIn([FETCHED], { answers: [] })).toEqual([
      'a: request 1 took what the server did not send',
    ]);
  });
});

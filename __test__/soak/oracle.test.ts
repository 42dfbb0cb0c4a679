// The judge of the soak judges right: small histories, on a clock of their own.
import { describe, expect, it } from 'vitest';
import { createOracle } from './oracle.mjs';

const NAME = { kid: 'kid_1', alg: 'RS256' };
const key = { id: 'a:1', ...NAME };
const truth = { kind: 'hot', signer: 'a:1', ...NAME };
const callers = [{ maxAgeSeconds: 1, staleIfErrorSeconds: 1, cooldownSeconds: 1, timeoutMs: 600 }];
interface Truth {
  readonly kind: string;
  readonly signer?: string | undefined;
  readonly kid?: string;
  readonly alg?: string;
  readonly fault?: string;
  readonly always?: string;
}
const TOKENS: Truth[] = [
  truth,
  { ...truth, signer: undefined },
  { ...truth, fault: 'TOKEN_EXPIRED' },
  { ...truth, kid: 'kid_2' },
  { ...truth, kid: 'kid_2', fault: 'INVALID_ISSUER' },
  { ...truth, alg: 'ES256' },
  { kind: 'missing', always: 'MISSING' },
];
const [GOOD, FORGED, EXPIRED, UNKNOWN, FOREIGN, OTHER_ALGORITHM, MISSING] = [0, 1, 2, 3, 4, 5, 6];

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
    callers,
    tokens: TOKENS,
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

const FINISHED = { source: 'a', fault: 'none' };
const FETCHED = { startedAt: 100, endedAt: 200 };
const FAILED = { startedAt: 100, endedAt: 200, code: 'STATUS', pauseMs: 300 };

describe('an acceptance', () => {
  it.each([
    ['with the key in memory', call('user_1', 300), undefined],
    ['of a forgery', call('user_1', 300, 301, FORGED), /INVALID_SIGNATURE was certain/],
    ['of one that has expired', call('user_1', 300, 301, EXPIRED), /TOKEN_EXPIRED was certain/],
    [
      'before the keys can be there',
      call('user_1', 150, 190),
      /no set that may be in memory says so/,
    ],
    ['as they land', call('user_1', 150, 201), undefined],
    ['in the last moment of grace', call('user_1', 2_199), undefined],
    ['after it', call('user_1', 2_210), /past its grace time/],
  ])('%s', (_, given, wrong) => {
    const verdict = oracleOf([FETCHED]).judge(given);
    if (wrong === undefined) expect(verdict).toBeUndefined();
    else expect(verdict).toMatch(wrong);
  });
});

describe('a refusal of a good token', () => {
  it.each([
    ['with its key in memory', [FETCHED], call('JWKS_FETCH_FAILED', 210), /user_1 was certain/],
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
    ['as forged', [FETCHED], call('INVALID_SIGNATURE', 210), /user_1 was certain/],
    ['as odd', [FETCHED], call('NO_CODE', 210), /user_1 was certain/],
    ['as odd, before there are keys', [], call('NO_CODE', 210), /no set that may be in memory/],
  ])('%s', (_, requests, given, wrong) => {
    const verdict = oracleOf(requests).judge(given);
    if (wrong === undefined) expect(verdict).toBeUndefined();
    else expect(verdict).toMatch(wrong);
  });

  it('as unknown: right where the set lacks the key, wrong while a pause lasts', () => {
    const lacking = oracleOf([FETCHED], {}, [[]]);
    expect(lacking.judge(call('UNKNOWN_KEY', 210))).toBeUndefined();
    const failing = oracleOf([FETCHED, { ...FAILED, startedAt: 300, endedAt: 400 }], {}, [[]]);
    expect(failing.judge(call('UNKNOWN_KEY', 450))).toMatch(/a request has just failed/);
  });
});

describe('a bad token', () => {
  it.each([
    ['forged', FORGED, 'INVALID_SIGNATURE'],
    ['expired', EXPIRED, 'TOKEN_EXPIRED'],
    ['of an unknown kid', UNKNOWN, 'UNKNOWN_KEY'],
    ['of an unknown kid and another issuer', FOREIGN, 'INVALID_ISSUER'],
    ['of a kid that is known for another algorithm', OTHER_ALGORITHM, 'UNKNOWN_KEY'],
    ['missing', MISSING, 'MISSING'],
  ])('%s, has one right outcome', (_, token, right) => {
    const outcomes = new Set(TOKENS.flatMap(({ always, fault }) => always ?? fault ?? []));
    for (const one of ['user_1', 'UNKNOWN_KEY', 'INVALID_SIGNATURE']) outcomes.add(one);
    for (const outcome of [...outcomes, 'JWKS_FETCH_FAILED', 'NO_CODE']) {
      const verdict = oracleOf([FETCHED]).judge(call(outcome, 300, 301, token));
      expect(verdict === undefined, `${outcome}: ${verdict}`).toBe(outcome === right);
    }
  });

  it('may be refused for its kid as long as a rotation may not have been seen', () => {
    // Under the second set, the kid has another key.
    const sets = [[key], [{ ...key, id: 'a:2' }]];
    const second = { startedAt: 400, endedAt: 500 };
    const [first, next] = [0, 1].map((set) => ({ ...FINISHED, set, isGood: true }));
    const answers = [
      { ...first, arrivedAt: 110, finishedAt: 190, closedAt: 200 },
      { ...next, arrivedAt: 410, finishedAt: 490, closedAt: 500 },
    ];
    const oracle = oracleOf([FETCHED, second], { answers }, sets);
    const outcomeAt = (outcome: string, from: number, to: number) =>
      oracle.judge(call(outcome, from, to, EXPIRED));
    expect(outcomeAt('TOKEN_EXPIRED', 300, 310)).toBeUndefined();
    expect(outcomeAt('INVALID_SIGNATURE', 300, 310)).toMatch(/TOKEN_EXPIRED was certain/);
    expect(outcomeAt('TOKEN_EXPIRED', 450, 505)).toBeUndefined();
    expect(outcomeAt('INVALID_SIGNATURE', 450, 505)).toBeUndefined();
    expect(outcomeAt('INVALID_SIGNATURE', 510, 520)).toBeUndefined();
    expect(outcomeAt('TOKEN_EXPIRED', 510, 520)).toMatch(/INVALID_SIGNATURE was certain/);
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
      'a: request 1 took what the server did not send: nothing',
    ]);
  });

  const answer = (arrivedAt: number, finishedAt: number | undefined) => ({
    ...FINISHED,
    set: 0,
    arrivedAt,
    finishedAt,
    closedAt: finishedAt ?? arrivedAt + 10,
    isGood: finishedAt !== undefined,
  });
  const GIVEN_UP = { startedAt: 100, endedAt: 200, code: 'TIMEOUT', pauseMs: 100 };

  it('may be seen late if they were given up, and only then', () => {
    // The one that was given up arrives during the next.
    const answers = [answer(320, undefined), answer(600, 680)];
    const next = { startedAt: 310, endedAt: 700 };
    expect(wrongIn([GIVEN_UP, next], { answers })).toEqual([]);
    expect(wrongIn([next], { answers })).toEqual(['a: request 1 arrived twice']);
    const seen = [answer(150, undefined), ...answers];
    expect(wrongIn([GIVEN_UP, next], { answers: seen })).toEqual(['a: request 2 arrived twice']);
  });

  it('may follow each other at once', () => {
    const answers = [answer(110, 195), answer(201, 290)];
    const requests = [FETCHED, { startedAt: 200, endedAt: 300 }];
    expect(wrongIn(requests, { answers })).toEqual([]);
  });
});

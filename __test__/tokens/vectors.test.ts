import { createSign } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyWorkosToken, WorkosTokenError, type WorkosTokenOptions } from 'verify-workos-token';
import { binding } from '../support/binding.js';
import { newKeyPair } from '../support/key-pair.js';
import {
  type Case,
  closeVectors,
  folder,
  jwtFiles,
  openVectors,
  optionsOf,
  payloadOf,
  read,
} from '../support/vectors.js';

// The vectors of other projects, through the public entry point. vectors/README.md describes the
// files; core/tests runs the same and those of the layers below.

/** How many cases there are: none is skipped unseen. */
const JWT_CASES = 729;
const TIME_CASES = 14;
const BURST = 3 * binding.verifiedPerBurst();

interface TimeSpec extends Omit<Case, 'token'> {
  readonly payload: string;
  readonly reason?: string;
}

/** Cases in which a rule of the contract wins over the vector. */
interface Exception {
  readonly rule: string;
  readonly tokens?: 'as-they-are' | 'completed';
  readonly outcome: string;
  readonly cases: string[];
}

/** The codes by which a verifier may say that a reason for a refusal holds. */
const CODES: Readonly<Record<string, readonly string[]>> = {
  malformed: ['MALFORMED_TOKEN'],
  algorithm: ['UNSUPPORTED_ALGORITHM'],
  // A token without a `kid` names no key; a fetched set without a usable key is no set.
  key: ['UNKNOWN_KEY', 'JWKS_FETCH_FAILED', 'MALFORMED_TOKEN'],
  signature: ['INVALID_SIGNATURE'],
  expired: ['TOKEN_EXPIRED'],
  not_yet_valid: ['TOKEN_NOT_YET_VALID'],
  issuer: ['INVALID_ISSUER'],
  audience: ['INVALID_AUDIENCE'],
  claims: ['INVALID_CLAIM', 'INVALID_SUBJECT', 'INVALID_ISSUER', 'INVALID_AUDIENCE'],
};

const files = jwtFiles();
const exceptions = read<Exception[]>('exceptions.json').filter((it) => it.tokens !== 'completed');
const excepted = new Map(
  exceptions.flatMap(({ cases, outcome }) => cases.map((id) => [id, outcome] as const)),
);

beforeAll(openVectors);
afterAll(closeVectors);

describe.each(files)('$name', ({ cases }) => {
  it.each(cases)('$id: $expect', judge);
});

it.each(files)('$name: with the profile of Connect all are refused', async ({ cases }) => {
  for (const vector of cases) {
    const options = { ...optionsOf(vector), profile: 'connect', subjects: ['user', 'machine'] };
    const outcome = await outcomeOf(vector.token, options as WorkosTokenOptions);
    expect(outcome, vector.id).not.toBe('accept');
  }
});

describe('times relative to now', () => {
  it.each(signed(read<TimeSpec[]>('time-specs.json')))('$id: $expect', judge);
});

it('runs every case', () => {
  expect(files.flatMap(({ cases }) => cases)).toHaveLength(JWT_CASES);
  expect(read('time-specs.json')).toHaveLength(TIME_CASES);
});

it('excepts only cases that there are, and each once', () => {
  const listed = exceptions.flatMap(({ cases }) => cases);
  expect(new Set(listed).size).toBe(listed.length);
  const ids = new Set(everyId());
  expect(listed.filter((id) => !ids.has(id))).toEqual([]);
});

/**
 * Three times, so that a token is new, remembered and hot, and then without that memory as one of a
 * burst, most of which is verified on other threads.
 */
async function judge(vector: Case) {
  const options = optionsOf(vector);
  const anew = { ...options, verifiedTokenCache: false };
  const outcomes = [
    await outcomeOf(vector.token, options),
    await outcomeOf(vector.token, options),
    await outcomeOf(vector.token, options),
    ...(await Promise.all(Array.from({ length: BURST }, () => outcomeOf(vector.token, anew)))),
  ];
  const [outcome = ''] = outcomes;
  expect(new Set(outcomes)).toEqual(new Set([outcome]));
  const exception = excepted.get(vector.id);
  if (exception === undefined) {
    expect(asked(vector)).toContain(outcome);
  } else {
    expect(outcome).toBe(exception);
    expect(asked(vector), 'the exception is not needed').not.toContain(outcome);
  }
}

/** The outcomes that the vector itself asks for. */
function asked({ expect: verdict, reasons = [] }: Case): string[] {
  return verdict === 'accept' ? ['accept'] : reasons.flatMap((reason) => CODES[reason] ?? []);
}

async function outcomeOf(token: string, options: WorkosTokenOptions): Promise<string> {
  try {
    const claims = await verifyWorkosToken(token, options);
    expect(claims).toEqual(JSON.parse(payloadOf(token)));
    return 'accept';
  } catch (error) {
    if (error instanceof WorkosTokenError) return error.code;
    throw error;
  }
}

/** The specs as cases: signed now, by a key of their own, and met by the real clock. */
function signed(specs: TimeSpec[]): Case[] {
  const { publicKey, privateKey } = newKeyPair('rsa');
  const header = segment(JSON.stringify({ alg: 'RS256', kid: 'time' }));
  const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'time' }] };
  const now = Math.floor(Date.now() / 1000);
  return specs.map(({ payload, reason, ...spec }) => {
    const claims = payload.replace(
      /\{\{now([+-]\d+)?\}\}/g,
      (_, offset) => `${now + Number(offset ?? 0)}`,
    );
    const input = `${header}.${segment(claims)}`;
    const signature = createSign('sha256').update(input).sign(privateKey).toString('base64url');
    return { ...spec, token: `${input}.${signature}`, jwks, reasons: reason ? [reason] : [] };
  });
}

function segment(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** Of every file, also of those that Rust alone runs. */
function everyId(): string[] {
  const names = readdirSync(folder).filter((name) => /^(jwt|jws|rawsig|json|time)-/.test(name));
  return names.flatMap((name) =>
    read<{ id?: string; tests?: { id: string }[] }[]>(name).flatMap(({ id, tests }) =>
      tests === undefined ? [id as string] : tests.map((test) => test.id),
    ),
  );
}

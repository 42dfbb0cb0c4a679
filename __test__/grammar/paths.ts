// Every way in which a token can come to be verified, and what it comes to by each.
import { isDeepStrictEqual } from 'node:util';
import { createLocalJWKSet, type JWTPayload, jwtVerify } from 'jose';
import {
  createWorkosVerifier,
  WorkosTokenError,
  type WorkosTokenOptions,
  verifyWorkosToken,
} from 'verify-workos-token';
import { ALGORITHMS, AUDIENCE, ISSUER, jwks, NOW, TOLERANCE_SECONDS } from './draft.js';

/** `accept` with the claims, or the code. */
export interface Verdict {
  readonly code: string;
  readonly claims?: object;
}

/** No client id: jose knows nothing of it. */
const options: WorkosTokenOptions = {
  issuer: ISSUER,
  audience: AUDIENCE,
  jwks: jwks as NonNullable<WorkosTokenOptions['jwks']>,
  algorithms: [...ALGORITHMS],
  clockToleranceSeconds: TOLERANCE_SECONDS,
  now: NOW,
};
const anew = { ...options, verifiedTokenCache: false };

/** What each way says of these tokens, by its name. */
export async function byEachWay(tokens: string[]): Promise<Map<string, Verdict[]>> {
  const verifier = createWorkosVerifier(options);
  const [whole, joined] = [createWorkosVerifier(anew), createWorkosVerifier(anew)];
  const ways: [string, (token: string) => unknown][] = [
    ['verify, anew', (token) => whole.verify(token)],
    ['verifySync, anew', (token) => whole.verifySync(token)],
    ['verify', (token) => verifier.verify(token)],
    ['verify, remembered', (token) => verifier.verify(token)],
    ['verify, by slot', (token) => verifier.verify(token)],
    ['verifySync, remembered', (token) => verifier.verifySync(token)],
    ['verifyWorkosToken, by slot', (token) => verifyWorkosToken(token, options)],
    ['verify, from a longer text', (token) => joined.verify(cutOut(token))],
  ];
  const verdicts = new Map<string, Verdict[]>();
  for (const [name, call] of ways) {
    const all: Verdict[] = [];
    // One after the other: more at a time go to other threads.
    for (const token of tokens) all.push(await verdictOf(() => call(token)));
    verdicts.set(name, all);
  }
  const burst = (of: typeof whole) => tokens.map((token) => verdictOf(() => of.verify(token)));
  verdicts.set('burst, anew', await Promise.all(burst(createWorkosVerifier(anew))));
  verdicts.set('burst, remembered', await Promise.all(burst(verifier)));
  return verdicts;
}

const explainer = createWorkosVerifier(options);

/** What `explain` says, without the claims. */
export async function explained(token: string): Promise<string> {
  const { ok, code } = await explainer.explain(token);
  return ok ? 'accept' : String(code);
}

const keys = createLocalJWKSet(jwks);

/** jose, under the equal policy. */
export async function byJose(token: string): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms: [...ALGORITHMS],
      clockTolerance: TOLERANCE_SECONDS,
      currentDate: new Date(NOW * 1_000),
      requiredClaims: ['exp', 'sub'],
    });
    return payload;
  } catch {
    return undefined;
  }
}

export function isSame(one: Verdict, other: Verdict): boolean {
  return one.code === other.code && isDeepStrictEqual(one.claims, other.claims);
}

async function verdictOf(call: () => unknown): Promise<Verdict> {
  try {
    return { code: 'accept', claims: (await call()) as object };
  } catch (error) {
    if (!(error instanceof WorkosTokenError)) throw error;
    return { code: error.code, ...(error.claims && { claims: error.claims }) };
  }
}

/** The same text, but a part of another in V8's memory, two bytes to a character. */
function cutOut(token: string): string {
  return `Bearer ${token}\u{1f600}`.slice(7, 7 + token.length);
}

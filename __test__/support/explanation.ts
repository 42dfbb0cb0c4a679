// Explanations compared with what `verify` does, and with what they may show.
import { inspect } from 'node:util';
import { expect } from 'vitest';
import {
  createWorkosVerifier,
  explainWorkosToken,
  verifyWorkosSession,
  verifyWorkosToken,
  WorkosTokenError,
  type WorkosTokenExplanation,
  type WorkosTokenOptions,
} from 'verify-workos-token';

/** Shorter segments are found by chance, and so are words. */
const MIN_SECRET_CHARS = 4;
const WORD = /^[a-z]{1,10}$/;
/** The longest explanation, as JSON. */
const MAX_CHARS = 65_536;

/**
 * The explanation of a token or a sealed session, which must agree with what verifies it, whichever is
 * called; `null` if the options are wrong.
 */
export async function explained(
  token: unknown,
  options: WorkosTokenOptions,
): Promise<WorkosTokenExplanation | null> {
  const text = token as string;
  const isSealed = typeof token === 'string' && token.startsWith('Fe26.2');
  const verify = isSealed ? verifyWorkosSession : verifyWorkosToken;
  const refusal = await refusalOf(() => verify(text, options));
  const explaining = explainWorkosToken(text, options);
  if (refusal?.code === 'INVALID_OPTIONS') {
    await expect(explaining).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
    return null;
  }
  const explanation = await explaining;
  expectAgreement(explanation, refusal);
  expectAgreement(await createWorkosVerifier(options).explain(text), explanation);
  expectSilence(explanation, token);
  return explanation;
}

/** The refusal; `null` if the token is accepted. */
export async function refusalOf(call: () => Promise<unknown>): Promise<WorkosTokenError | null> {
  try {
    await call();
    return null;
  } catch (error) {
    if (error instanceof WorkosTokenError) return error;
    throw error;
  }
}

/** The same code and message, or nothing. The hint too, but for what depends on a fetch just before. */
export function expectAgreement(
  explanation: WorkosTokenExplanation,
  refusal: Partial<Pick<WorkosTokenExplanation, 'code' | 'message' | 'hint'>> | null,
): void {
  const { ok, code, message, hint, checks, verified } = explanation;
  const { code: expected, message: fact, hint: advice } = refusal ?? {};
  expect({ ok, code, message }).toEqual({
    ok: expected === undefined,
    code: expected,
    message: fact,
  });
  if (code !== 'UNKNOWN_KEY') expect(hint).toBe(advice);
  const first = checks.find((check) => check.ok === false);
  expect([first?.message ?? undefined, first?.hint ?? undefined]).toEqual([message, hint]);
  expect(checks.find(({ check }) => check === 'signature')?.ok === true).toBe(verified);
}

/** No segment of the token in anything that could be written of an explanation. */
export function expectSilence(explanation: WorkosTokenExplanation, token: unknown): void {
  const json = JSON.stringify(explanation);
  expect(json.length).toBeLessThanOrEqual(MAX_CHARS);
  if (typeof token !== 'string') return;
  const deep = { depth: 99, maxArrayLength: null, maxStringLength: null };
  const { cause, ...rest } = explanation;
  const text = [json, inspect(rest, deep), inspect(cause), cause?.stack].join('\n');
  const segments = token.split('.').slice(1);
  const secrets = segments.filter((one) => one.length >= MIN_SECRET_CHARS && !WORD.test(one));
  expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  if (token.length >= MIN_SECRET_CHARS) expect(text).not.toContain(token);
}

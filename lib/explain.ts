// Explanations of tokens, for people.

import type { WorkosTokenCheck, WorkosTokenExplanation } from '../index.cjs';
import { bare } from './bare.ts';
import type { Binding, ExplanationRecord, NativeVerifier, WaitingCalls } from './binding.d.ts';
import { fetchError } from './error.ts';
import { parseFrozen } from './frozen-json.ts';
import { notAString } from './not-a-string.ts';

/** What explains tokens. */
interface Explainer {
  binding: Binding;
  native: NativeVerifier;
  calls: WaitingCalls;
}

/** The time is Unix seconds. */
export async function explain(
  explainer: Explainer,
  token: unknown,
  now: number,
): Promise<WorkosTokenExplanation> {
  if (typeof token === 'string') {
    const record = read(await explanationText(explainer, token, now));
    return explanation(record, Buffer.byteLength(token));
  }
  // JavaScript says better what was passed. Native code may not look at it.
  const record = read(await explanationText(explainer, undefined, now));
  const { message, hint } = notAString(token);
  const checks = record.checks.map((check) =>
    check.ok === false ? { ...check, message, hint } : check,
  );
  return explanation(bare({ ...record, message, hint, checks }), 0);
}

function explanationText(
  { binding, native, calls }: Explainer,
  token: unknown,
  now: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const number = calls.number();
    const answer = binding.explain(native, token, now, number);
    if (typeof answer === 'string') return resolve(answer);
    calls.wait(number, () => {
      try {
        resolve(binding.explainAwaited(answer));
      } catch (error) {
        reject(error);
      }
    });
  });
}

function read(text: string): ExplanationRecord {
  // Only own properties: a polluted prototype must not fill in what is absent.
  return bare(parseFrozen(text) as ExplanationRecord);
}

/** The members in the order in which people read them. */
function explanation(record: ExplanationRecord, sizeBytes: number): WorkosTokenExplanation {
  const { verified, header, claims, remarks, retryAfterSeconds, cause } = record;
  const [code, message, hint] = [record.code, record.message, record.hint].map(
    (text) => text ?? undefined,
  );
  const checks = Object.freeze(record.checks.map(ordered));
  const ok = code === undefined;
  return Object.freeze({
    ...{ ok, code, message, hint, verified, sizeBytes, header, claims, checks, remarks },
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(cause !== undefined && { cause: Object.freeze(fetchError(cause)) }),
  }) as WorkosTokenExplanation;
}

function ordered(record: WorkosTokenCheck): WorkosTokenCheck {
  const { check, ok, expected, actual, message, hint } = bare(record);
  return Object.freeze({
    ...{ check, ok },
    ...(expected !== undefined && { expected }),
    ...(actual !== undefined && { actual }),
    ...{ message, hint },
  });
}

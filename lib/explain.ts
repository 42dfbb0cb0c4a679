// Explanations of tokens, for people.

import type { WorkosTokenCheck, WorkosTokenExplanation } from '../index.cjs';
import { bare } from './bare.ts';
import type {
  AwaitedExplanation,
  Binding,
  ExplanationRecord,
  NativeVerifier,
} from './binding.d.ts';
import { fetchError } from './error.ts';
import { parseFrozen } from './frozen-json.ts';
import { notAString } from './not-a-string.ts';

/** The time is Unix seconds. */
export async function explain(
  binding: Binding,
  native: NativeVerifier,
  token: unknown,
  now: number,
): Promise<WorkosTokenExplanation> {
  if (typeof token === 'string') {
    const record = read(await explanationText(binding, native, token, now));
    return explanation(record, Buffer.byteLength(token));
  }
  // JavaScript says better what was passed. Native code may not look at it.
  const record = read(await explanationText(binding, native, undefined, now));
  const { message, hint } = notAString(token);
  const checks = record.checks.map((check) =>
    check.ok === false ? { ...check, message, hint } : check,
  );
  return explanation(bare({ ...record, message, hint, checks }), 0);
}

function explanationText(
  binding: Binding,
  native: NativeVerifier,
  token: unknown,
  now: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const answer = binding.explain(native, token, now, () => {
      try {
        // Never called before `explain` has returned, and only if that is a handle.
        resolve(binding.explainAwaited(answer as AwaitedExplanation));
      } catch (error) {
        reject(error);
      }
    });
    if (typeof answer === 'string') resolve(answer);
  });
}

function read(text: string): ExplanationRecord {
  // Only own properties: a polluted prototype must not fill in what is absent.
  return bare(parseFrozen(text) as ExplanationRecord);
}

/** The members in the order in which people read them. */
function explanation(record: ExplanationRecord, sizeBytes: number): WorkosTokenExplanation {
  const { code, message, hint, verified, header, claims, remarks } = record;
  const { retryAfterSeconds, cause } = record;
  const checks = Object.freeze(record.checks.map(ordered));
  const ok = code === null;
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

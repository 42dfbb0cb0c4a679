// Explanations of tokens and of sealed sessions, for people.

import type { WorkosTokenCheck, WorkosTokenExplanation } from '../index.cjs';
import { bare } from './bare.ts';
import type {
  AwaitedExplanation,
  Binding,
  ExplanationRecord,
  NativeVerifier,
  WaitingCalls,
} from './binding.d.ts';
import { fetchError, isRefusal, type WorkosTokenError } from './error.ts';
import { parseFrozen } from './frozen-json.ts';
import { NativePromise } from './promise.ts';
import { notAString } from './not-a-string.ts';

/** What explains tokens. */
interface Explainer {
  binding: Binding;
  native: NativeVerifier;
  calls: WaitingCalls;
  /** The names of several entries. */
  names?: readonly string[] | undefined;
}

/** The time is Unix seconds. */
export async function explain(
  explainer: Explainer,
  token: unknown,
  now: number,
): Promise<WorkosTokenExplanation> {
  if (typeof token === 'string') {
    const record = read(await tokenText(explainer, token, now));
    return explanation(record, Buffer.byteLength(token), explainer.names);
  }
  // JavaScript says better what was passed. Native code may not look at it.
  const record = read(await tokenText(explainer, undefined, now));
  const { message, hint } = notAString(token);
  const checks = record.checks.map((check) =>
    check.ok === false ? { ...check, message, hint } : check,
  );
  return explanation(bare({ ...record, message, hint, checks }), 0, explainer.names);
}

/** How the sealed values begin that `verifyWorkosSession` opens. */
const SEAL_PREFIX = 'Fe26.2';

/** Whether a value is explained as a sealed session, not as a token. */
export function isSealed(value: unknown): value is string {
  return typeof value === 'string' && value.slice(0, SEAL_PREFIX.length) === SEAL_PREFIX;
}

/** A session and how it is opened. */
export interface SealedSession {
  /** Cut off shortly after its greatest length. */
  text: string;
  sizeBytes: number;
  /** What is wrong with the passwords, in their place. */
  passwords: readonly string[] | WorkosTokenError;
}

/** The time is Unix seconds. */
export async function explainSession(
  explainer: Explainer,
  { text, sizeBytes, passwords }: SealedSession,
  now: number,
): Promise<WorkosTokenExplanation> {
  if (!isRefusal(passwords)) {
    const record = read(await sessionText(explainer, passwords, text, now));
    return explanation(record, sizeBytes, explainer.names);
  }
  const record = read(await sessionText(explainer, [], '', now));
  const { code, message, hint } = passwords;
  const checks = record.checks.map((check) =>
    check.check === 'seal' ? { ...check, message, hint } : check,
  );
  return explanation(bare({ ...record, code, message, hint, checks }), sizeBytes, explainer.names);
}

function tokenText({ binding, native, calls }: Explainer, token: unknown, now: number) {
  return explanationText(binding, calls, (number) => binding.explain(native, token, now, number));
}

function sessionText(
  { binding, native, calls }: Explainer,
  passwords: readonly string[],
  sealed: string,
  now: number,
) {
  return explanationText(binding, calls, (number) =>
    binding.explainSession(native, passwords, sealed, now, number),
  );
}

function explanationText(
  binding: Binding,
  calls: WaitingCalls,
  begin: (number: number) => string | AwaitedExplanation,
): Promise<string> {
  return new NativePromise((resolve, reject) => {
    // Of several entries, one after the other may have to wait.
    function goOn(next: (number: number) => string | AwaitedExplanation): void {
      const number = calls.number();
      const answer = next(number);
      if (typeof answer === 'string') {
        resolve(answer);
        return;
      }
      calls.wait(number, () => {
        try {
          goOn((number) => binding.explainAwaited(answer, number));
        } catch (error) {
          reject(error);
        }
      });
    }
    goOn(begin);
  });
}

function read(text: string): ExplanationRecord {
  // Only own properties: a polluted prototype must not fill in what is absent.
  return bare(parseFrozen(text) as ExplanationRecord);
}

/** The members in the order in which people read them. */
function explanation(
  record: ExplanationRecord,
  sizeBytes: number,
  names: readonly string[] | undefined,
): WorkosTokenExplanation {
  const { verified, header, claims, remarks, retryAfterSeconds, cause, entry } = record;
  const [code, message, hint] = [record.code, record.message, record.hint].map(
    (text) => text ?? undefined,
  );
  const checks = Object.freeze(record.checks.map(ordered));
  const ok = code === undefined;
  return Object.freeze({
    ...{ ok, code, message, hint, verified, sizeBytes, header, claims, checks, remarks },
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(cause !== undefined && { cause: Object.freeze(fetchError(cause)) }),
    ...(names !== undefined && { name: entry === undefined ? undefined : names[entry] }),
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

import { WorkosTokenError } from '../error.ts';
import { describe } from './kinds.ts';

const CORRECT = 'Correct the option; the README lists every option with its type and range.';
const AWAIT = 'Await the promise, and pass what it resolves with.';

/**
 * An `INVALID_OPTIONS` error. A message names the option and the kind of thing that was given,
 * never the value, which may be a secret.
 */
export function refuse(message: string, hint: string = CORRECT): WorkosTokenError {
  return new WorkosTokenError({ code: 'INVALID_OPTIONS', message, hint });
}

/** For a value whose kind says enough. */
export function refuseValue(
  option: string,
  value: unknown,
  allowed: string,
  hint?: string,
): WorkosTokenError {
  return refuseKind(option, describe(value), allowed, hint);
}

/** The option may be a variable of the environment. The kind is in our own words. */
export function refuseKind(
  option: string,
  kind: string,
  allowed: string,
  hint?: string,
): WorkosTokenError {
  const isVariable = /^[A-Z_]+$/.test(option);
  const named = isVariable ? `the variable ${option}` : `the option "${option}"`;
  const message = `${named} must be ${allowed}, not ${kind}`;
  if (hint !== undefined) return refuse(message, hint);
  if (isVariable) return refuse(message, `Correct ${option} in the environment.`);
  return refuse(message, kind === 'a promise' ? AWAIT : undefined);
}

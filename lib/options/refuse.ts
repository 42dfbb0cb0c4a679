import { hintOf } from '../causes.ts';
import { WorkosTokenError } from '../error.ts';
import { describe } from './kinds.ts';

/**
 * An `INVALID_OPTIONS` error. A message names the option and the kind of thing that was given,
 * never the value, which may be a secret.
 */
export function refuse(message: string, hint: string = hintOf('wrong-option')): WorkosTokenError {
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
  return refuse(message, kind === 'a promise' ? hintOf('promise-as-option') : undefined);
}

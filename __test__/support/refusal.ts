import { inspect } from 'node:util';
import { expect } from 'vitest';
import { WorkosTokenError } from 'verify-workos-token';

/** What a call is refused with; whatever else happens fails the test. */
export async function refusal(call: () => Promise<unknown>): Promise<WorkosTokenError> {
  let promise: Promise<unknown>;
  try {
    promise = call();
  } catch (error) {
    throw new Error('the call threw, and did not reject', { cause: error });
  }
  return promise.then(accepted, checked);
}

/** The same for a synchronous call. */
export function refusalSync(call: () => unknown): WorkosTokenError {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    return checked(error);
  }
  return accepted(result);
}

function accepted(_: unknown): never {
  throw new Error('the call was not refused');
}

function checked(error: unknown): WorkosTokenError {
  if (error instanceof WorkosTokenError) return error;
  throw new Error('the call failed with something else than a WorkosTokenError', { cause: error });
}

/** Everything that a logger may write of an error. */
export function textOf(error: Error): string {
  const { name, message, stack } = error;
  const properties = Object.entries(error).map(([key, value]) => `${key}: ${inspect(value)}`);
  const cause = error.cause instanceof Error ? textOf(error.cause) : String(error.cause);
  const logged = [String(error), JSON.stringify(error), inspect(error, { depth: 10 })];
  return [name, message, stack, ...properties, ...logged, cause].join('\n');
}

/** Fails when a text holds one of the secrets; says which by its name alone. */
export function expectNone(text: string, secrets: Record<string, string>): void {
  const found = Object.keys(secrets).filter((name) => text.includes(secrets[name] as string));
  expect(found).toEqual([]);
}

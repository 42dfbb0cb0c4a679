/** A variable and what it was, each in its place. */
export type Reading = readonly [name: string, value: string | undefined];

let reads: Reading[] | undefined;

/**
 * A variable of the environment, as `process.env` of this very thread has it now. An own property:
 * `process.env` inherits from `Object.prototype`, and whoever pollutes that would set each variable
 * that is not set, the host of the keys included.
 */
export function variable(name: string): string | undefined {
  const value = process.env[name];
  return value !== undefined && Object.hasOwn(process.env, name) ? value : undefined;
}

/**
 * Whether a variable is what it was. Each look at `process.env` costs about 130 ns, so a second one,
 * which asks whose property it is, is made only if it could be a prototype's.
 */
export function isUnchanged(reading: Reading): boolean {
  // By index: an iterator could be anyone's, and one that gives nothing would leave all unchanged.
  const name = reading[0];
  const value = reading[1];
  const { env } = process;
  const current = env[name];
  if (current === undefined) return value === undefined;
  const prototype = Object.getPrototypeOf(env);
  const canBeInherited = prototype !== null && name in prototype;
  return (canBeInherited ? variable(name) : current) === value;
}

/** The same for reading options: what is read is recorded for `recordReads`. */
export function readVariable(name: string): string | undefined {
  const value = variable(name);
  reads?.push([name, value]);
  return value;
}

/** Calls a function, and returns what it read of the environment along with its result. */
export function recordReads<T>(call: () => T): {
  result: T;
  environment: Reading[];
} {
  const environment: Reading[] = [];
  reads = environment;
  try {
    return { result: call(), environment };
  } finally {
    reads = undefined;
  }
}

// Refusals that someone sees: all of them on stderr with `NODE_DEBUG=verify-workos-token`, and, while
// a program is being developed, the first of each code that an adapter responds to. An adapter's
// response says only the code. Neither says anything of a token: facts and hints are fixed texts.

import { WorkosTokenError } from './error.ts';
import { loadedBinding } from './loader.ts';
import { variable } from './options/environment.ts';

const NAME = 'verify-workos-token';
/** The variable that turns the notices off, with this value. */
const NOTICES = 'VERIFY_WORKOS_TOKEN_NOTICES';
const OFF = 'off';
/** Where a person does not look at the output, or looks for something else. */
const QUIET_ENVIRONMENTS = Object.freeze(['production', 'test']);

const log = process.getBuiltinModule('node:util').debuglog(NAME);

/**
 * Whether `NODE_DEBUG` names this package. Node reads it when it starts. Bun doesn't say, but prints
 * only if it does.
 */
export const isDebugging: boolean =
  (log.enabled as boolean | undefined) ?? Boolean(variable('NODE_DEBUG'));

/** Errors that went through more than one function of the package are printed once. */
const printed = new WeakSet<object>();
/** The codes for which this copy need not ask any more. */
const noticed = new Set<string>();

/** Prints a refusal if `NODE_DEBUG` asks for it. */
export function debugRefusal(error: unknown): void {
  if (!isDebugging || !(error instanceof WorkosTokenError) || printed.has(error)) return;
  printed.add(error);
  print(() => log('%s', describe(error)));
}

/** What an adapter does with a refusal before it responds. */
export function tellRefusal(error: unknown): void {
  debugRefusal(error);
  if (isDebugging || !(error instanceof WorkosTokenError)) return;
  const kind = kindOf(error);
  if (noticed.has(kind)) return;
  noticed.add(kind);
  if (!areNoticesOn() || loadedBinding()?.firstNotice(kind) === false) return;
  const off = `This is printed for the first refusal of each code. To turn it off, set ${NOTICES}=${OFF}. To see all, set NODE_DEBUG=${NAME}.`;
  print(() => console.warn('%s refused a request: %s\n  %s', NAME, describe(error), off));
}

/** A request without a token must not use up the notice of a token that is none. */
function kindOf({ code, reason }: WorkosTokenError): string {
  return code === 'MALFORMED_TOKEN' && reason === 'missing' ? 'NO_CREDENTIALS' : code;
}

function areNoticesOn(): boolean {
  return variable(NOTICES) !== OFF && !QUIET_ENVIRONMENTS.includes(variable('NODE_ENV') ?? '');
}

/** An output that is broken, or that a program has replaced, must not change what a caller gets. */
function print(write: () => void): void {
  try {
    write();
  } catch {
    // There is nobody left to tell.
  }
}

function describe(error: WorkosTokenError): string {
  const { code, message, hint } = error;
  const cause = Object.hasOwn(error, 'cause')
    ? (error.cause as { code: string; message: string })
    : undefined;
  const lines = [`${code}: ${message}`, `  hint: ${hint}`];
  if (cause !== undefined) lines.push(`  cause: ${cause.code}: ${cause.message}`);
  return lines.join('\n');
}

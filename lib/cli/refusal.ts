// An error as people and programs see it.

import { WorkosTokenError } from '../error.ts';
import { inFlags } from './arguments.ts';
import { Misuse } from './misuse.ts';
import type { Page } from './page.ts';

/** What JSON says of an error. */
export interface ErrorRecord {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly retryAfterSeconds: number | null;
  readonly cause: CauseRecord | null;
}

export interface CauseRecord {
  readonly code: string;
  readonly message: string;
  readonly status: number | null;
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: Cause | null | undefined;
}

interface Cause {
  readonly code: string;
  readonly message: string;
  readonly status?: number | null | undefined;
}

/** Of wrong arguments. The other codes are the library's. */
const MISUSE = 'USAGE';
/** Of what is none of the library's refusals: it could not be loaded. */
const UNAVAILABLE = 'UNAVAILABLE';

export function recordOf(failure: Failure): ErrorRecord {
  const isOption = failure.code === 'INVALID_OPTIONS';
  const text = (value: string) => (isOption ? inFlags(value) : value);
  return {
    code: failure.code,
    message: text(failure.message),
    hint: text(failure.hint),
    retryAfterSeconds: failure.retryAfterSeconds ?? null,
    cause: causeOf(failure.cause),
  };
}

export function causeOf(cause: Failure['cause']): CauseRecord | null {
  if (!cause) return null;
  return { code: cause.code, message: cause.message, status: cause.status ?? null };
}

/** `undefined` for what is a mistake of this command itself. */
export function recordOfThrown(error: unknown): ErrorRecord | undefined {
  if (error instanceof WorkosTokenError) return recordOf(error as unknown as Failure);
  const nothing = { retryAfterSeconds: null, cause: null };
  if (error instanceof Misuse)
    return { code: MISUSE, message: error.message, hint: error.hint, ...nothing };
  if (!(error instanceof Error) || !error.message.startsWith('verify-workos-token '))
    return undefined;
  const hint = 'Run `npx verify-workos-token doctor`, which looks at the installation.';
  return { code: UNAVAILABLE, message: error.message, hint, ...nothing };
}

export function addError(page: Page, error: ErrorRecord): Page {
  const name = error.code === MISUSE ? 'error' : error.code;
  return page.verdict('fail', `${name}: ${withCause(error)}`).paragraph(error.hint, '');
}

/** The message tells what the cause does, and not its code. */
export function withCause({ message, cause }: Pick<Failure, 'message' | 'cause'>): string {
  return cause ? `${message} (${cause.code})` : message;
}

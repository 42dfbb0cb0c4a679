import { answerOf, type Headers, responseHeaders, type Status, statusOf } from './answer.ts';
import { bare } from './bare.ts';
import type { CauseRecord, ErrorCode, RefusalRecord } from './binding.d.ts';
import { parseFrozen } from './frozen-json.ts';
import { isOneTooMany, resumeStackTraces, suspendStackTraces } from './stack-limit.ts';

/** Makes `instanceof` hold across all copies of this file that a program loads. */
const BRAND = Symbol.for('verify-workos-token.error');

/**
 * Whether a value is an error that this copy has made. Unlike `instanceof`, nobody can change what it
 * says: a refusal that is not recognized would be handed out as claims.
 */
export let isRefusal: (value: object) => value is WorkosTokenError;

/** Why a token was refused. What users see of it is declared in index.d.cts. */
export class WorkosTokenError extends Error {
  declare readonly code: ErrorCode;
  declare readonly hint: string;
  declare readonly status: Status;
  declare readonly statusCode: Status;
  declare readonly headers: Headers;
  declare readonly expose: boolean;
  declare readonly retryable: boolean;
  declare readonly claim?: RefusalRecord['claim'];
  declare readonly reason?: RefusalRecord['reason'];
  declare readonly retryAfterSeconds?: number;
  readonly #isRefusal = true;

  static {
    isRefusal = (value): value is WorkosTokenError => #isRefusal in value;
  }

  constructor(refusal: RefusalRecord) {
    const { code, message, hint } = refusal;
    const cause = own(refusal, 'cause');
    const suspended = isTraced(code) ? undefined : suspendStackTraces();
    try {
      super(message, cause && { cause: fetchError(cause) });
    } finally {
      resumeStackTraces(suspended);
    }
    const retryAfterSeconds = own(refusal, 'retryAfterSeconds');
    const credentials = own(refusal, 'credentials');
    this.code = code;
    this.hint = hint;
    const maxAgeSeconds = own(refusal, 'maxAgeSeconds');
    this.status = statusOf(code, credentials);
    this.statusCode = this.status;
    this.headers = responseHeaders(this.status, {
      code,
      credentials,
      retryAfterSeconds,
      maxAgeSeconds,
    });
    // Frameworks show the message of an exposed error to the client. A response says no more about
    // a token or the configuration than the code.
    this.expose = false;
    this.retryable = retryAfterSeconds !== undefined;
    const claim = own(refusal, 'claim');
    if (claim !== undefined) this.claim = claim;
    const reason = own(refusal, 'reason');
    if (reason !== undefined) this.reason = reason;
    if (retryAfterSeconds !== undefined) this.retryAfterSeconds = retryAfterSeconds;
    hide(this, 'expected', own(refusal, 'expected'));
    hide(this, 'actual', own(refusal, 'actual'));
    hide(this, 'claims', own(refusal, 'claims'));
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== WorkosTokenError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && Reflect.get(value, BRAND) === true;
  }

  /** The response of a Fetch handler that lets this error through. */
  getResponse(): Response {
    const { status, headers, body } = answerOf(this);
    return new Response(body, bare({ status, headers: bare(headers) }));
  }
}

define(WorkosTokenError.prototype, 'name', 'WorkosTokenError');
Object.defineProperty(WorkosTokenError.prototype, BRAND, bare({ value: true }));

/** What is absent must not come from a polluted prototype. */
function own<Name extends keyof RefusalRecord>(
  refusal: RefusalRecord,
  name: Name,
): RefusalRecord[Name] | undefined {
  return Object.hasOwn(refusal, name) ? refusal[name] : undefined;
}

/** Mistakes and outages always are; of refused tokens those that don't come in a flood. */
function isTraced(code: ErrorCode): boolean {
  return code === 'INVALID_OPTIONS' || code === 'JWKS_FETCH_FAILED' || !isOneTooMany();
}

/**
 * Defines a property that logging does not show, since it holds personal data. Its text is parsed when
 * it is first read: most are never.
 */
function hide(error: WorkosTokenError, name: string, json: string | undefined): void {
  if (json === undefined) return;
  let text: string | undefined = json;
  let value: unknown;
  const get = () => {
    if (text !== undefined) value = parseFrozen(text);
    text = undefined;
    return value;
  };
  // As an assignment does to a property that is writable.
  function set(this: object, value: unknown) {
    const enumerable = this !== error;
    const assigned = bare({ value, enumerable, configurable: true, writable: true });
    Object.defineProperty(this, name, assigned);
  }
  Object.defineProperty(error, name, bare({ get, set, configurable: true }));
}

/** Defines a property that is not enumerable. */
function define(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, bare({ value, configurable: true, writable: true }));
}

/** Why fetching the keys failed. */
export function fetchError(record: CauseRecord): Error {
  const { code, message, status } = bare(record);
  return Object.assign(new Error(message), { code }, status !== undefined && { status });
}

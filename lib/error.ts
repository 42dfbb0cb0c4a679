import { answerOf, type Headers, responseHeaders, type Status, statusOf } from './answer.ts';
import { bare } from './bare.ts';
import type { CauseRecord, ErrorCode, RefusalRecord } from './binding.d.ts';
import { parseFrozen } from './frozen-json.ts';

/** Makes `instanceof` hold across all copies of this file that a program loads. */
const BRAND = Symbol.for('verify-workos-token.error');

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

  constructor(refusal: RefusalRecord) {
    // Only own properties: a polluted prototype must not fill in what is absent.
    const record = bare(refusal);
    super(record.message, record.cause && { cause: fetchError(record.cause) });
    this.code = record.code;
    this.hint = record.hint;
    this.status = statusOf(record);
    this.statusCode = this.status;
    this.headers = responseHeaders(this.status, record);
    // Frameworks show the message of an exposed error to the client. A response says no more about
    // a token or the configuration than the code.
    this.expose = false;
    this.retryable = record.retryAfterSeconds !== undefined;
    if (record.claim !== undefined) this.claim = record.claim;
    if (record.reason !== undefined) this.reason = record.reason;
    if (record.retryAfterSeconds !== undefined) this.retryAfterSeconds = record.retryAfterSeconds;
    hide(this, 'expected', record.expected);
    hide(this, 'actual', record.actual);
    hide(this, 'claims', record.claims);
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

/** Defines a property that logging does not show, since it holds personal data. */
function hide(error: WorkosTokenError, name: string, json: string | undefined): void {
  if (json !== undefined) define(error, name, parseFrozen(json));
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

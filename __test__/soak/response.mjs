// @ts-nocheck: written without types.
// A response as the middleware must give it, and what a call came to.
import { ACCEPTED } from './oracle.mjs';

/** `undefined` while it is not whole. */
export function readResponse(received) {
  const head = received.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  const headers = received.slice(0, head);
  const length = Number(/^content-length: (\d+)$/im.exec(headers)?.[1]);
  const body = received.slice(head + 4);
  if (body.length < length) return undefined;
  return { status: Number(headers.slice(9, 12)), headers, body };
}

const CHALLENGE = /^www-authenticate: (.*)$/im;
const RETRY = /^retry-after: [1-9]\d*$/im;

/**
 * The outcome for the oracle. Whatever is not as RFC 6750 and the package's documentation say has an
 * outcome that is never right.
 */
export function outcomeOf(/** @type {any} */ { status, headers, body }, jti) {
  const { sub, jti: own, code } = parse(body);
  const challenge = CHALLENGE.exec(headers)?.[1];
  if (status === 200) return sub === ACCEPTED && own === jti ? ACCEPTED : `WRONG_CLAIMS ${body}`;
  if (status === 401 && challenge === 'Bearer' && jti === undefined) return 'MISSING';
  const isRefused = status === 401 && /^Bearer error="invalid_token"/.test(challenge ?? '');
  if (isRefused && code !== 'JWKS_FETCH_FAILED') return code;
  const isOutage = status === 503 && code === 'JWKS_FETCH_FAILED' && challenge === undefined;
  if (isOutage && RETRY.test(headers)) return code;
  return `BAD_RESPONSE ${status} ${challenge} ${body}`;
}

function parse(body) {
  try {
    return JSON.parse(body);
  } catch {
    return {};
  }
}

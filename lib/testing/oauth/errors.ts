// What the test issuer's authorization server refuses (RFC 6749, section 5.2; RFC 7591, section 3.2.2;
// RFC 8707, section 2).

import { type Answer, jsonAnswer } from '../answers.ts';

type Code =
  | 'invalid_client'
  | 'invalid_client_metadata'
  | 'invalid_grant'
  | 'invalid_redirect_uri'
  | 'invalid_request'
  | 'invalid_scope'
  | 'invalid_target'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type';

/** RFC 6749, section 5.1: tokens and what leads to them are not kept by anybody on the way. */
export const NO_STORE = Object.freeze({ 'Cache-Control': 'no-store' });

export class OAuthError extends Error {
  readonly code: Code;
  readonly status: number;

  constructor(code: Code, description: string, status = 400) {
    super(description);
    this.code = code;
    this.status = status;
  }
}

/** Anything but a refusal is rethrown. */
export function oauthAnswer(error: unknown): Answer {
  if (!(error instanceof OAuthError)) throw error;
  const { code, message, status } = error;
  const challenge = status === 401 ? { 'WWW-Authenticate': 'Basic' } : {};
  const body = { error: code, error_description: message };
  return jsonAnswer(status, body, { ...NO_STORE, ...challenge });
}

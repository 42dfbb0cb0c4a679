// The authorization endpoint, which grants at once, and the codes that it hands out (RFC 6749, section
// 4.1; PKCE by S256 alone, as OAuth 2.1 and MCP ask for it).

import { isScopeToken } from '../../options/scope.ts';
import type { Grant } from '../connect.ts';
import { type Answer, jsonAnswer } from '../answers.ts';
import type { Clients } from './clients.ts';
import { NO_STORE, OAuthError, oauthAnswer } from './errors.ts';

const { createHash, randomBytes } = process.getBuiltinModule('node:crypto');

const CODE_BYTES = 24;
/** Base64url of a SHA-256 (RFC 7636, section 4.2). */
const CHALLENGE = /^[\w-]{43}$/;
/** RFC 7636, section 4.1. */
const VERIFIER = /^[\w.~-]{43,128}$/;
/** For a token that is used at several resources (RFC 8707, section 2). */
const REPEATABLE = 'resource';

interface Pending extends Grant {
  redirectUri: string;
  challenge: string;
}

export type Codes = ReturnType<typeof createCodes>;

export function createCodes(clients: Clients) {
  const pending = new Map<string, Pending>();

  /** Without a client and an address that is its own, there is nobody to redirect to. */
  function authorize(query: URLSearchParams): Answer {
    try {
      const { clientId, redirectUri } = receiverOf(query);
      const target = new URL(redirectUri);
      addTo(target, {
        ...grantedOrRefused(query, clientId, redirectUri),
        state: query.get('state'),
      });
      const headers = { ...NO_STORE, Location: target.href };
      return jsonAnswer(302, {}, headers);
    } catch (error) {
      return oauthAnswer(error);
    }
  }

  function receiverOf(query: URLSearchParams) {
    refuseRepeated(query);
    const client = clients.find(query.get('client_id'));
    if (client === undefined) throw new OAuthError('invalid_client', 'unknown client_id');
    const redirectUri = query.get('redirect_uri');
    const isOwn = client.redirectUris?.includes(redirectUri) ?? true;
    if (redirectUri === null || !isOwn || !URL.canParse(redirectUri))
      throw new OAuthError('invalid_request', 'redirect_uri is not registered');
    return { clientId: client.id, redirectUri };
  }

  /** RFC 6749, section 4.1.2.1: the client learns of a refusal by a redirect. */
  function grantedOrRefused(query: URLSearchParams, clientId: string, redirectUri: string) {
    try {
      return { code: grant(query, clientId, redirectUri) };
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      return { error: error.code, error_description: error.message };
    }
  }

  function grant(query: URLSearchParams, clientId: string, redirectUri: string): string {
    if (query.get('response_type') !== 'code')
      throw new OAuthError('unsupported_response_type', 'response_type must be code');
    const challenge = query.get('code_challenge') ?? '';
    if (query.get('code_challenge_method') !== 'S256' || !CHALLENGE.test(challenge))
      throw new OAuthError('invalid_request', 'a code_challenge with method S256 is required');
    const code = randomBytes(CODE_BYTES).toString('base64url');
    const wanted = { scope: scopeOf(query), resources: resourcesOf(query) };
    pending.set(code, { clientId, redirectUri, challenge, ...wanted });
    return code;
  }

  /** A code is good for one attempt, so that nobody tries verifiers. */
  function redeem(form: URLSearchParams, clientId: string): Grant {
    const code = form.get('code') ?? '';
    const found = pending.get(code);
    pending.delete(code);
    if (found === undefined || found.clientId !== clientId)
      throw new OAuthError('invalid_grant', 'unknown or used code');
    if (form.get('redirect_uri') !== found.redirectUri)
      throw new OAuthError('invalid_grant', 'redirect_uri is not that of the authorization');
    if (challengeOf(form.get('code_verifier') ?? '') !== found.challenge)
      throw new OAuthError('invalid_grant', 'code_verifier does not fit the code_challenge');
    return { clientId, scope: found.scope, resources: found.resources };
  }

  return { authorize, redeem };
}

function addTo(url: URL, parameters: Record<string, string | null>): void {
  Object.entries(parameters).forEach(([name, value]) => {
    if (value !== null) url.searchParams.set(name, value);
  });
}

/** `undefined` for what is no verifier. */
function challengeOf(verifier: string): string | undefined {
  if (!VERIFIER.test(verifier)) return undefined;
  return createHash('sha256').update(verifier).digest('base64url');
}

/** RFC 6749, section 3.1. Two parsers would take different ones. */
export function refuseRepeated(parameters: URLSearchParams): void {
  const names = Array.from(parameters.keys()).filter((name) => name !== REPEATABLE);
  if (new Set(names).size < names.length)
    throw new OAuthError('invalid_request', 'a parameter is there twice');
}

/** What is asked for is granted. */
export function scopeOf(parameters: URLSearchParams): string | undefined {
  const scope = parameters.get('scope');
  if (!scope) return undefined;
  if (scope.split(' ').every(isScopeToken)) return scope;
  throw new OAuthError('invalid_scope', 'scope must be scope tokens with one space between them');
}

/** Each once. RFC 8707, section 2: one or several absolute URIs, without a fragment. */
export function resourcesOf(parameters: URLSearchParams): string[] {
  const resources = parameters.getAll(REPEATABLE).filter((resource) => resource !== '');
  if (resources.every((resource) => URL.canParse(resource) && !resource.includes('#')))
    return Array.from(new Set(resources));
  throw new OAuthError('invalid_target', 'resource must be an absolute URI without a fragment');
}

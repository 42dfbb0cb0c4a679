// The token endpoint (RFC 6749, section 3.2): a code, a refresh token or a machine's own credentials
// for an access token.

import { type Connect, GRANTED_SECONDS, type Grant } from '../connect.ts';
import { type Answer, jsonAnswer } from '../answers.ts';
import type { Client, Clients } from './clients.ts';
import { type Codes, refuseRepeated, resourcesOf, scopeOf } from './codes.ts';
import { NO_STORE, OAuthError, oauthAnswer } from './errors.ts';

const { randomBytes } = process.getBuiltinModule('node:crypto');

const REFRESH_TOKEN_BYTES = 24;
/** WorkOS gives a refresh token to whoever asks for this scope. */
const REFRESHABLE = 'offline_access';

export const GRANT_TYPES = Object.freeze([
  'authorization_code',
  'refresh_token',
  'client_credentials',
]);

export function createGrants(clients: Clients, codes: Codes, connect: Connect) {
  const refreshable = new Map<string, Grant>();

  async function token(body: string, authorization: string | undefined): Promise<Answer> {
    try {
      const form = new URLSearchParams(body);
      refuseRepeated(form);
      const response = await exchange(form, clients.authenticate(form, authorization));
      return jsonAnswer(200, response, NO_STORE);
    } catch (error) {
      return oauthAnswer(error);
    }
  }

  async function exchange(form: URLSearchParams, client: Client): Promise<object> {
    const type = form.get('grant_type') ?? '';
    if (!GRANT_TYPES.includes(type))
      throw new OAuthError(
        'unsupported_grant_type',
        `grant_type must be ${GRANT_TYPES.join(', ')}`,
      );
    if (type === 'authorization_code') return forUser(form, codes.redeem(form, client.id));
    if (type === 'refresh_token') return refresh(form, client.id);
    return forMachine(form, client);
  }

  /**
   * For all resources that were authorized, or for those of them that are named (RFC 8707, section 2.2).
   * A token for another one would be one that nobody agreed to.
   */
  async function forUser(form: URLSearchParams, grant: Grant): Promise<object> {
    const named = resourcesOf(form);
    if (!named.every((resource) => grant.resources.includes(resource)))
      throw new OAuthError('invalid_target', 'resource is not one of the authorization');
    const resources = named.length === 0 ? grant.resources : named;
    const response = responseTo(grant, await connect.grantUser({ ...grant, resources }));
    if (!scopesIn(grant.scope).includes(REFRESHABLE)) return response;
    const refreshToken = randomBytes(REFRESH_TOKEN_BYTES).toString('base64url');
    refreshable.set(refreshToken, grant);
    return { ...response, refresh_token: refreshToken };
  }

  /** Each refresh token is good once. */
  async function refresh(form: URLSearchParams, clientId: string): Promise<object> {
    const given = form.get('refresh_token') ?? '';
    const grant = refreshable.get(given);
    refreshable.delete(given);
    if (grant === undefined || grant.clientId !== clientId)
      throw new OAuthError('invalid_grant', 'unknown or used refresh_token');
    const scope = scopeOf(form) ?? grant.scope;
    const granted = scopesIn(grant.scope);
    if (!scopesIn(scope).every((one) => granted.includes(one)))
      throw new OAuthError('invalid_scope', 'scope has more than was authorized');
    return forUser(form, { ...grant, scope });
  }

  async function forMachine(form: URLSearchParams, client: Client): Promise<object> {
    const mayUse = client.grantTypes?.includes('client_credentials') && client.secret !== undefined;
    if (!mayUse)
      throw new OAuthError('unauthorized_client', 'not registered for client_credentials');
    const grant = { clientId: client.id, scope: scopeOf(form) };
    return responseTo(grant, await connect.grantMachine(grant));
  }

  return { token };
}

function responseTo({ scope }: Pick<Grant, 'scope'>, accessToken: string) {
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: GRANTED_SECONDS,
    ...(scope === undefined ? {} : { scope }),
  };
}

function scopesIn(scope = ''): string[] {
  return scope.split(' ');
}

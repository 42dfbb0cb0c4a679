// Enough of AuthKit's authorization server that a real client of OAuth or MCP gets tokens from the test
// issuer: without a user, a consent or a database.

import type { IncomingMessage } from 'node:http';
import { type Answer, jsonAnswer } from '../answers.ts';
import { type Connect, KEYS_PATH } from '../connect.ts';
import type { Identity } from '../options.ts';
import { AUTH_METHODS, createClients } from './clients.ts';
import { createCodes } from './codes.ts';
import { createGrants, GRANT_TYPES } from './grants.ts';

/** Far more than any form or client metadata has. */
const MAX_BODY_BYTES = 65_536;

const PATHS = Object.freeze({
  // RFC 8414, section 3, and OpenID Connect Discovery, section 4.
  metadata: '/.well-known/oauth-authorization-server',
  discovery: '/.well-known/openid-configuration',
  authorize: '/oauth2/authorize',
  token: '/oauth2/token',
  register: '/oauth2/register',
});

interface Route {
  method: 'GET' | 'POST';
  answer(request: IncomingMessage): Answer | Promise<Answer>;
}

export type AuthorizationServer = ReturnType<typeof createAuthorizationServer>;

export function createAuthorizationServer(
  identity: Identity,
  connect: Connect,
  origin: () => string | null,
) {
  const clients = createClients();
  const codes = createCodes(clients);
  const grants = createGrants(clients, codes, connect);
  const document = () => jsonAnswer(200, metadata(identity, connect.issuer(), origin() ?? ''));
  const routes = new Map<string, Route>([
    [PATHS.metadata, { method: 'GET', answer: document }],
    [PATHS.discovery, { method: 'GET', answer: document }],
    [PATHS.authorize, { method: 'GET', answer: (request) => codes.authorize(queryOf(request)) }],
    [PATHS.register, { method: 'POST', answer: withBody((body) => clients.register(body)) }],
    [
      PATHS.token,
      {
        method: 'POST',
        answer: withBody((body, request) => grants.token(body, request.headers.authorization)),
      },
    ],
  ]);

  /** `undefined` for a path that is not the authorization server's. */
  return function answer(request: IncomingMessage, path: string): Promise<Answer> | undefined {
    const route = routes.get(path);
    return route && answerBy(route, request);
  };
}

async function answerBy({ method, answer }: Route, request: IncomingMessage): Promise<Answer> {
  const asked = request.method === 'HEAD' ? 'GET' : request.method;
  if (asked === method) return answer(request);
  return jsonAnswer(405, { message: 'Method Not Allowed' }, { Allow: method });
}

function metadata({ algorithm }: Identity, issuer: string, origin: string) {
  return {
    issuer,
    authorization_endpoint: `${origin}${PATHS.authorize}`,
    token_endpoint: `${origin}${PATHS.token}`,
    registration_endpoint: `${origin}${PATHS.register}`,
    jwks_uri: `${origin}${KEYS_PATH}`,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: GRANT_TYPES,
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: AUTH_METHODS,
    client_id_metadata_document_supported: true,
    scopes_supported: ['email', 'offline_access', 'openid', 'profile'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [algorithm],
  };
}

function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  const start = url.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : url.slice(start + 1));
}

function withBody(answer: (body: string, request: IncomingMessage) => Answer | Promise<Answer>) {
  return async (request: IncomingMessage): Promise<Answer> => {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request) {
      size += chunk.length;
      // Read to its end, so that the client gets an answer, but not remembered.
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    }
    if (size > MAX_BODY_BYTES) return jsonAnswer(413, { message: 'Content Too Large' });
    return answer(Buffer.concat(chunks).toString(), request);
  };
}

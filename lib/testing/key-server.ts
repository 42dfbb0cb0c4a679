// The test issuer's key endpoint: it serves the keys on one loopback port, and fails as asked.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TestOutageMode } from '../../entries/testing.cjs';
import { type Answer, htmlAnswer, jsonAnswer, send } from './answers.ts';
import { KEYS_PATH } from './connect.ts';
import { createListener } from './listener.ts';
import type { AuthorizationServer } from './oauth/server.ts';
import { type Identity, kindOf } from './options.ts';

interface KeyRing {
  signingKey(): unknown;
  publicSet(): object;
}

const OUTAGE_MODES: readonly TestOutageMode[] = [
  'refuse',
  'hang',
  'drip',
  'status-500',
  'status-404',
  'html',
  'empty',
];

export function createKeyServer(
  identity: Identity,
  keyRing: KeyRing,
  issuer: () => string,
  authorization: AuthorizationServer,
) {
  const jwksPath = `/sso/jwks/${encodeURIComponent(identity.clientId)}`;
  const keyPaths = [jwksPath, KEYS_PATH];
  const place = placeOf(identity.issuer);
  const listener = createListener(answerRequest, place?.port);
  let mode: TestOutageMode | null = null;
  let requestCount = 0;

  const origin = () => (listener.port === null ? null : `http://127.0.0.1:${listener.port}`);
  const url = () => (listener.port === null ? null : `${origin()}${jwksPath}`);
  const discoveryPaths = discoveryPathsOf(identity, place);
  const document = () => discoveryDocument({ ...identity, issuer: issuer() }, url());
  const findAnswer = createRoutes({ keyRing, keyPaths, discoveryPaths, document });

  function answerRequest(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url?.split('?', 1)[0] ?? '';
    const isKeySet = keyPaths.includes(path);
    if (isKeySet) requestCount += 1;
    // An outage is one of the keys: who authorizes clients is another service.
    const authorized = discoveryPaths.includes(path) ? undefined : authorization(request, path);
    if (authorized !== undefined) sendLater(response, authorized);
    else if (mode !== 'hang') {
      const answer = brokenAnswer(mode, isKeySet) ?? findAnswer(request.method, path);
      send(response, answer, mode === 'drip');
    }
  }

  async function listen() {
    return listener.inTurn(async () => {
      if (listener.port !== null) return;
      requestCount = 0;
      keyRing.signingKey(); // now, not within the first request: that one may have a short timeout
      await listener.open();
      if (mode === 'refuse') await listener.refuse();
    });
  }

  function outage(next: TestOutageMode | null) {
    if (next !== null && !OUTAGE_MODES.includes(next))
      throw new TypeError(unknownModeMessage(next));
    mode = next;
    // The mode is read when the turn comes: a later call may have changed it by then, and the last
    // one counts.
    return listener.inTurn(() => (mode === 'refuse' ? listener.refuse() : listener.reopen()));
  }

  async function close() {
    mode = null;
    return listener.inTurn(listener.close);
  }

  return { url, origin, listen, outage, close, requests: () => requestCount };
}

/** A client that went away before its request was whole gets nothing. */
function sendLater(response: ServerResponse, answer: Promise<Answer>): void {
  answer.then(
    (answer) => send(response, answer, false),
    () => response.destroy(),
  );
}

interface Place {
  port: number;
  path: string;
}

/**
 * Where an issuer on this machine says that it is, with its port: there it listens, so that its
 * discovery document is below its URL.
 */
function placeOf(issuer: string): Place | undefined {
  if (!/^http:\/\/(127\.0\.0\.1|localhost):\d+(\/|$)/.test(issuer) || !URL.canParse(issuer))
    return undefined;
  const { port, pathname } = new URL(issuer);
  // The default port is not in a URL's `port`.
  return { port: Number(port || 80), path: pathname.replace(/\/$/, '') };
}

function discoveryPathsOf({ clientId }: Identity, place: Place | undefined): string[] {
  const workosPath = `/user_management/${encodeURIComponent(clientId)}`;
  const paths = place === undefined ? [workosPath] : [workosPath, place.path];
  return paths.map((path) => `${path}/.well-known/openid-configuration`);
}

interface Routes {
  keyRing: KeyRing;
  keyPaths: readonly string[];
  discoveryPaths: readonly string[];
  document: () => object;
}

function createRoutes({ keyRing, keyPaths, discoveryPaths, document }: Routes) {
  return function findAnswer(method: string | undefined, path: string): Answer {
    if (!keyPaths.includes(path) && !discoveryPaths.includes(path))
      return jsonAnswer(404, { message: 'Not Found' });
    if (method !== 'GET' && method !== 'HEAD') {
      return jsonAnswer(405, { message: 'Method Not Allowed' }, { Allow: 'GET, HEAD' });
    }
    return jsonAnswer(200, keyPaths.includes(path) ? keyRing.publicSet() : document());
  };
}

function discoveryDocument({ issuer, algorithm }: Identity, jwksUrl: string | null) {
  return {
    issuer,
    jwks_uri: jwksUrl,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [algorithm],
  };
}

/** What an outage sends in place of the document. Some modes leave the document alone. */
function brokenAnswer(mode: TestOutageMode | null, isKeySet: boolean): Answer | undefined {
  if (mode === 'status-500') return jsonAnswer(500, { message: 'Internal Server Error' });
  if (mode === 'status-404') return jsonAnswer(404, { message: 'Not Found' });
  if (mode === 'html')
    return htmlAnswer('<!doctype html><title>Maintenance</title><p>Back soon.</p>');
  if (mode === 'empty' && isKeySet) return jsonAnswer(200, { keys: [] });
  return undefined;
}

function unknownModeMessage(mode: unknown): string {
  const modes = OUTAGE_MODES.join(', ');
  return `outage mode must be one of ${modes}, or null to end the outage; got ${kindOf(mode)}`;
}

// What is understood of TLS, beside what Node's `https` understands of it.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createWorkosVerifier } from 'verify-workos-token';
import { CLIENT_ID, createSigner } from '../support/jws.js';
import { authority, type TlsServer, tlsServers } from '../support/tls-servers.js';

/** The versions of OpenSSL in Node 20, 22, 24 and 26: what a later one takes is not this project's. */
const COMPARED_WITH = /^3\.[05]\./;
/** For a handshake and a response: none takes so long, on any machine. */
const LIMIT_MS = 20_000;
const signer = createSigner();

async function startServer({ options }: TlsServer) {
  let requests = 0;
  const server = createServer(options, (_, response) => {
    requests += 1;
    response.end(JSON.stringify(signer.jwks));
  });
  server.on('tlsClientError', () => {});
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `https://localhost:${port}/${randomUUID()}`, requests: () => requests };
}

const causeOf = (error: { cause?: { code?: string } }) => String(error.cause?.code);

async function ownOutcome(jwksUrl: string): Promise<string> {
  const jwksCache = { ca: authority.pem, timeoutMs: LIMIT_MS };
  const verifier = createWorkosVerifier({ clientId: CLIENT_ID, jwksUrl, jwksCache });
  return verifier.ready().then(() => 'keys', causeOf);
}

async function isInNode(url: string): Promise<boolean> {
  try {
    const request = get(url, { ca: authority.pem, agent: false, timeout: LIMIT_MS });
    const [response] = await once(request, 'response');
    return JSON.stringify(await json(response)) === JSON.stringify(signer.jwks);
  } catch {
    return false;
  }
}

describe('a server with', () => {
  it.each(tlsServers().map((server) => [server.name, server] as const))(
    '%s is understood, or not, with a cause',
    async (_, row) => {
      const { outcome, unlikeNode, inSomeVersions } = row;
      const server = await startServer(row);
      const own = await ownOutcome(server.url);
      expect(own).toMatch(outcome instanceof RegExp ? outcome : new RegExp(`^${outcome}$`));
      expect(server.requests()).toBe(own === 'keys' ? 1 : 0);
      if (!COMPARED_WITH.test(process.versions.openssl) || inSomeVersions) return;
      const isUnlike = (await isInNode(server.url)) !== (own === 'keys');
      expect(isUnlike, unlikeNode).toBe(unlikeNode !== undefined);
    },
  );
});

// What is read from the wire, beside what Node's `fetch` reads from it.
import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createWorkosVerifier } from 'verify-workos-token';
import { CLIENT_ID, createSigner } from '../support/jws.js';
import { type RawServer, startRawServer } from '../support/raw-server.js';
import { type RawResponse, rawResponses } from '../support/responses/index.js';

/** For a response that comes: no answer takes so long, on any machine. */
const LONG_MS = 20_000;
/** For one that does not end. */
const SHORT_MS = 400;
/** How long a connection may take to be seen to have ended. */
const GONE = { timeout: 10_000, interval: 2 };
/** The versions of `fetch` in Node 20, 22, 24 and 26: what a later one reads is not this project's. */
const COMPARED_WITH = /^(?:6\.2[48]|7\.29|8\.10)\./;
const signer = createSigner();
const text = JSON.stringify(signer.jwks);
const responses = rawResponses(text);

/** One for each response: `fetch` would ask two of them over one connection. */
async function startServer({ bytes, after }: RawResponse): Promise<RawServer> {
  const server = await startRawServer((socket) => {
    socket.write(bytes, () => {
      if (after === undefined) socket.end();
      // After the client has had time to read.
      if (after === 'reset') setTimeout(() => socket.resetAndDestroy(), 50);
    });
  });
  onTestFinished(() => server.close());
  return server;
}

const causeOf = (error: { cause?: { code?: string }; code?: string }) =>
  error.cause?.code ?? String(error.code);

async function ownOutcome(jwksUrl: string, timeoutMs: number): Promise<string> {
  const verifier = createWorkosVerifier({
    clientId: CLIENT_ID,
    jwksUrl,
    jwksCache: { timeoutMs },
  });
  return verifier.ready().then(() => 'keys', causeOf);
}

/** Whether `fetch` has the keys, as any client would ask it for them. */
async function fetched(url: string, timeoutMs: number): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, { redirect: 'manual', signal });
    return response.status === 200 && JSON.stringify(await response.json()) === text;
  } catch {
    return false;
  }
}

describe('a response with', () => {
  it.each(responses.map((response) => [response.name, response] as const))(
    '%s is read, or not, with a cause',
    async (_, response) => {
      const server = await startServer(response);
      const { outcome, unlikeFetch, inSomeVersions } = response;
      const url = `${server.origin}/${randomUUID()}`;
      const limit = outcome === 'TIMEOUT' ? SHORT_MS : LONG_MS;
      expect(await ownOutcome(url, limit)).toBe(outcome);
      await vi.waitFor(() => expect(server.connections).toBe(0), GONE);
      if (!COMPARED_WITH.test(process.versions.undici ?? '') || inSomeVersions) return;
      const isInFetch = await fetched(url, limit);
      expect(isInFetch, unlikeFetch).toBe((outcome === 'keys') === (unlikeFetch === undefined));
    },
  );
});

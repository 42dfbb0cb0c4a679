// What a refusal does with headers that middleware before it has set, wherever it writes to a response
// of Node.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { requireWorkosToken } from 'verify-workos-token/express';
import { createMcpResource } from 'verify-workos-token/mcp';
import { withWorkosToken } from 'verify-workos-token/next';
import { createTestIssuer } from 'verify-workos-token/testing';
import { describe, expect, it } from 'vitest';
import { overSocket } from '../support/requests.js';

const issuer = createTestIssuer({ algorithm: 'ES256' });
const options = issuer.connectOptions;
const METADATA = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp';
const CHALLENGE = `Bearer resource_metadata="${METADATA}"`;

type Handler = (incoming: IncomingMessage, response: ServerResponse) => unknown;

const unreachable = () => expect.unreachable('the request is refused');
const mcp = createMcpResource(options).requireToken();
const express = requireWorkosToken(options);
const HANDLERS: Record<string, Handler> = {
  express: (incoming, response) => express(incoming, response, unreachable),
  'next, Pages': withWorkosToken(
    (_request: IncomingMessage, _response: ServerResponse) => unreachable(),
    options,
  ),
  'mcp, requireToken': (incoming, response) => mcp(incoming, response, unreachable),
};

/** The headers of a refusal to a response that had these. */
async function refused(handler: Handler, earlier: Record<string, string | string[]>) {
  const { status, headers } = await overSocket((incoming, response) => {
    for (const [name, value] of Object.entries(earlier)) response.setHeader(name, value);
    return handler(incoming, response);
  }, []);
  expect(status).toBe(401);
  return headers;
}

describe.each(Object.entries(HANDLERS))('%s', (_, handler) => {
  it.each<[string, string | string[], string]>([
    ['other names', 'X-Total, ETag', 'X-Total, ETag, WWW-Authenticate, Retry-After'],
    ['an array', ['X-Total', 'ETag,Link'], 'X-Total, ETag, Link, WWW-Authenticate, Retry-After'],
    ['one of ours', 'retry-after,X-Total', 'retry-after, X-Total, WWW-Authenticate'],
    ['all of ours', 'WWW-Authenticate, Retry-After', 'WWW-Authenticate, Retry-After'],
    ['every name', '*', '*, WWW-Authenticate, Retry-After'],
    ['nothing', '', 'WWW-Authenticate, Retry-After'],
  ])('adds to %s that scripts may read', async (_name, earlier, expected) => {
    const headers = await refused(handler, { 'Access-Control-Expose-Headers': earlier });
    expect(headers['access-control-expose-headers']).toBe(expected);
  });

  it.each<[string, string | string[], string]>([
    ['another scheme', 'Basic realm="a"', `${CHALLENGE}, Basic realm="a"`],
    ['several schemes', ['Basic realm="a"', 'DPoP'], `${CHALLENGE}, Basic realm="a", DPoP`],
    ['a scheme that begins alike', 'BearerX a="b"', `${CHALLENGE}, BearerX a="b"`],
    ['its own scheme', 'bearer realm="a"', CHALLENGE],
    ['nothing', '', CHALLENGE],
    [
      'its own scheme, nothing and another',
      ['Bearer', ' ', 'Basic realm="a"'],
      `${CHALLENGE}, Basic realm="a"`,
    ],
  ])('offers its challenge along with %s', async (_name, earlier, expected) => {
    const headers = await refused(handler, { 'WWW-Authenticate': earlier });
    expect(headers['www-authenticate']).toBe(expected);
  });

  it('keeps what it does not set, and replaces what was meant for a good response', async () => {
    const headers = await refused(handler, {
      Vary: 'Origin',
      'Access-Control-Allow-Origin': 'https://app.example.com',
      'Cache-Control': 'public, max-age=300',
      'Content-Type': 'text/html',
    });
    expect(headers).toMatchObject({
      vary: 'Origin',
      'access-control-allow-origin': 'https://app.example.com',
      'cache-control': 'no-store',
      'content-type': 'application/json',
    });
  });
});

it('keeps the challenge of another scheme if it has none to offer', async () => {
  const down = { ...options, jwks: undefined, jwksUrl: 'http://127.0.0.1:9/' };
  const middleware = requireWorkosToken(down);
  const token = await issuer.signConnect();
  const { status, headers } = await overSocket(
    (incoming, response) => {
      response.setHeader('WWW-Authenticate', 'Basic realm="a"').setHeader('Retry-After', '3600');
      return middleware(incoming, response, unreachable);
    },
    [`Bearer ${token}`],
  );
  expect([status, headers['www-authenticate']]).toEqual([503, 'Basic realm="a"']);
  expect(headers['retry-after']).toBe('1');
});

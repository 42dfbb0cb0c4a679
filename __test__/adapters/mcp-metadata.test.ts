// The metadata of a resource (RFC 9728), and who gets it.
import type { IncomingMessage } from 'node:http';
import { createMcpResource, type McpResourceOptions } from 'verify-workos-token/mcp';
import { createTestIssuer } from 'verify-workos-token/testing';
import { describe, expect, it, vi } from 'vitest';
import { overSocket, sendJson } from '../support/requests.js';

const issuer = createTestIssuer({ authkitDomain: 'acme.authkit.app', algorithm: 'ES256' });
const make = (more: Partial<McpResourceOptions> = {}) =>
  createMcpResource({ ...issuer.connectOptions, ...more });
const ROOT = '/.well-known/oauth-protected-resource';

describe('the metadata', () => {
  it('say what clients need, and nothing that was not given', () => {
    const { metadata } = make();
    expect(metadata).toStrictEqual({
      resource: 'https://mcp.example.com/mcp',
      authorization_servers: ['https://acme.authkit.app'],
      bearer_methods_supported: ['header'],
    });
    for (const part of [metadata, metadata.authorization_servers])
      expect(Object.isFrozen(part)).toBe(true);
  });

  it('say what was given', () => {
    const { metadata } = make({
      scopes: ['a'],
      scopesSupported: ['a', 'b'],
      resourceName: 'Notes — Zoë’s',
      resourceDocumentation: new URL('https://example.com/docs'),
    });
    expect(metadata).toMatchObject({
      scopes_supported: ['a', 'b'],
      resource_name: 'Notes — Zoë’s',
      resource_documentation: 'https://example.com/docs',
    });
    expect(make({ scopes: ['a'] }).metadata.scopes_supported).toEqual(['a']);
  });

  it('name the AuthKit domain of the environment', () => {
    vi.stubEnv('WORKOS_AUTHKIT_DOMAIN', 'auth.acme.com');
    try {
      const { authkitDomain: _, ...others } = issuer.connectOptions;
      const { metadata } = createMcpResource(others);
      expect(metadata.authorization_servers).toEqual(['https://auth.acme.com']);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('name the issuers that were given, and no domain of the environment', () => {
    const { authkitDomain: _, ...others } = issuer.connectOptions;
    const named = (more: Partial<McpResourceOptions>) =>
      createMcpResource({ ...others, ...more }).metadata.authorization_servers;
    const issuers = ['http://127.0.0.1:4100', 'https://acme.example/oauth/'];
    for (const domain of ['auth.acme.com', undefined]) {
      vi.stubEnv('WORKOS_AUTHKIT_DOMAIN', domain);
      try {
        expect(named({ issuer: 'https://acme.example' })).toEqual(['https://acme.example']);
        expect(named({ issuer: issuers })).toEqual(issuers);
        expect(Object.isFrozen(named({ issuer: issuers }))).toBe(true);
        const both = { issuer: 'https://acme.example', authkitDomain: 'other.authkit.app' };
        expect(named(both)).toEqual(['https://other.authkit.app']);
        expect(named({ ...both, issuer: 'no URL' })).toEqual(['https://other.authkit.app']);
      } finally {
        vi.unstubAllEnvs();
      }
    }
    expect(Object.isFrozen(issuers)).toBe(false);
  });

  it.each([
    ['https://mcp.example.com', ''],
    ['https://mcp.example.com/', ''],
    ['https://mcp.example.com/mcp', '/mcp'],
    ['https://mcp.example.com/a/b/', '/a/b/'],
    ['https://mcp.example.com/mcp?tenant=1', '/mcp?tenant=1'],
    ['https://mcp.example.com?tenant=1', '?tenant=1'],
    ['https://mcp.example.com:8443/%7Emcp', '/%7Emcp'],
    ['http://localhost:3000/mcp', '/mcp'],
  ])('of %s are at its well-known URL', (resource, rest) => {
    const { metadata, metadataUrl } = make({ resource });
    expect(metadata.resource).toBe(resource);
    expect(metadataUrl).toBe(`${new URL(resource).origin}${ROOT}${rest}`);
  });
});

describe('metadataResponse', () => {
  const ask = (resource: string, path: string, init?: RequestInit, origin = 'https://x.example') =>
    make({ resource }).metadataResponse(new Request(`${origin}${path}`, init));

  it.each([
    ['https://mcp.example.com/mcp', `${ROOT}/mcp`, true],
    ['https://mcp.example.com/mcp', ROOT, true],
    ['https://mcp.example.com/mcp', `${ROOT}/mcp?x=1`, true],
    ['https://mcp.example.com/mcp', `${ROOT}/mcp/`, false],
    ['https://mcp.example.com/mcp', `${ROOT}/MCP`, false],
    ['https://mcp.example.com/mcp', `${ROOT}/`, false],
    ['https://mcp.example.com/mcp', `/x${ROOT}/mcp`, false],
    ['https://mcp.example.com/mcp', '/mcp', false],
    ['https://mcp.example.com/mcp', '/', false],
    ['https://mcp.example.com/a/b/', `${ROOT}/a/b/`, true],
    ['https://mcp.example.com/a/b/', `${ROOT}/a/b`, true],
    ['https://mcp.example.com/a/b/', `${ROOT}/a`, false],
    ['https://mcp.example.com/', ROOT, true],
    ['https://mcp.example.com/', `${ROOT}/mcp`, false],
  ])('of %s at %s: %j', (resource, path, isThere) => {
    expect(ask(resource, path)?.status).toBe(isThere ? 200 : undefined);
  });

  it('has the document, for scripts of all origins', async () => {
    const made = make();
    const response = made.metadataResponse(new Request(made.metadataUrl));
    expect(Object.fromEntries(response?.headers ?? [])).toEqual({
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=300',
      'content-type': 'application/json',
    });
    expect(await response?.json()).toEqual(made.metadata);
  });

  it('answers to HEAD and OPTIONS without a body, and refuses others', async () => {
    const [head, options, post] = ['HEAD', 'OPTIONS', 'POST'].map((method) =>
      ask('https://mcp.example.com/mcp', ROOT, { method }),
    );
    expect([head?.status, head?.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await head?.text()).toBe('');
    expect(options?.status).toBe(204);
    expect(Object.fromEntries(options?.headers ?? [])).toEqual({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD, OPTIONS',
      'access-control-allow-headers': '*',
      'cache-control': 'public, max-age=300',
    });
    expect([post?.status, post?.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });

  it('says the same whatever host was asked', async () => {
    const made = make();
    const lying = new Request(`https://evil.example${ROOT}/mcp`, {
      headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil' },
    });
    expect(await made.metadataResponse(lying)?.json()).toEqual(made.metadata);
  });

  it.each([null, undefined, {}, '/x'])('refuses %j in place of a request', (odd) => {
    expect(() => make().metadataResponse(odd as never)).toThrow(/a request with a URL is needed/);
  });
});

describe('metadataHandler', () => {
  const made = make();
  const handle = (change: (incoming: IncomingMessage) => void, method = 'GET') =>
    overSocket(
      (incoming, response) => {
        change(incoming);
        made.metadataHandler()(incoming, response, () => sendJson(response, 'another route'));
      },
      [],
      { host: 'evil.example' },
      method,
    );
  const at = (url: string) => (incoming: IncomingMessage) => Object.assign(incoming, { url });

  it('serves the document to middleware that is mounted anywhere', async () => {
    const answer = await handle(at(`${ROOT}/mcp?x=1`));
    expect(answer).toMatchObject({ status: 200, body: made.metadata });
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=300',
      'content-type': 'application/json',
    });
    const mounted = { url: '/mcp', originalUrl: `${ROOT}/mcp` };
    const { body } = await handle((incoming) => Object.assign(incoming, mounted));
    expect(body).toEqual(made.metadata);
    expect((await handle(at(`http://evil.example${ROOT}/mcp`))).body).toEqual(made.metadata);
  });

  it.each(['/', '/mcp', `//evil.example${ROOT}/mcp`, '*', `${ROOT}/mcp/`])(
    'leaves %s to others',
    async (url) => {
      expect(await handle(at(url))).toMatchObject({ status: 200, body: 'another route' });
    },
  );
});

// MCP clients of both generations of the SDK, which know nothing but the URL of a server, and the
// servers of the guide.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createTestIssuer, type TestIssuer } from 'verify-workos-token/testing';
import { freePort, type RunningServer, startServer } from './project.js';

const REDIRECT_URL = 'http://127.0.0.1:9/callback';

/** How a client finds the metadata of the resource. */
export const WAYS = ['header', 'path', 'root'] as const;
export type Way = (typeof WAYS)[number];
export const SDKS = ['1.x', '2.x', '2.x of 2026'] as const;
export type Sdk = (typeof SDKS)[number];

/** What a test needs of an SDK's classes, which have the same names in both. */
// biome-ignore lint/suspicious/noExplicitAny: the SDKs are installed only in the project.
type Classes = any;

export async function loadSdks(project: string): Promise<Record<Sdk, Classes>> {
  const load = (file: string) =>
    import(pathToFileURL(path.join(project, 'node_modules', '@modelcontextprotocol', file)).href);
  const [index, transport, auth] = await Promise.all(
    ['index', 'streamableHttp', 'auth'].map((name) => load(`sdk/dist/esm/client/${name}.js`)),
  );
  const second = await load('client/dist/index.mjs');
  return { '1.x': { ...index, ...transport, ...auth }, '2.x': second, '2.x of 2026': second };
}

/** The newest versions, as the fixture has them: what the guide says is tried with these. */
export function versionsIn(project: string): Record<string, string> {
  return JSON.parse(readFileSync(path.join(project, 'package.json'), 'utf8')).dependencies;
}

export interface McpClient {
  /** The text that a tool gives. */
  call(tool: string, input?: object): Promise<string>;
  /** Requests by what they are: `metadata`, `register`, `authorize`, `token`, and those of the server. */
  log: string[];
  tokens(): { access_token: string; refresh_token?: string; scope?: string } | undefined;
  setTokens(tokens: object): void;
}

/** Each call has a connection of its own, once more after each authorization. */
export function createClient(sdk: Classes, name: Sdk, url: string, way: Way): McpClient {
  const log: string[] = [];
  const fetch = loggingFetch(log, way);
  const { provider, takeCode, kept } = createProvider(log);
  const options = name === '2.x of 2026' ? { versionNegotiation: { mode: 'auto' } } : {};

  async function attempt(tool: string, input: object): Promise<string> {
    const client = new sdk.Client({ name: 'test', version: '1.0.0' }, options);
    const settings = { authProvider: provider, fetch };
    const transport = new sdk.StreamableHTTPClientTransport(new URL(url), settings);
    try {
      await client.connect(transport);
      const { content } = await client.callTool({ name: tool, arguments: input });
      return content[0].text;
    } catch (error) {
      if (error instanceof sdk.UnauthorizedError) await transport.finishAuth(takeCode());
      throw error;
    } finally {
      await client.close();
    }
  }

  async function call(tool: string, input: object = {}): Promise<string> {
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await attempt(tool, input);
      } catch (error) {
        if (!(error instanceof sdk.UnauthorizedError) || attempts > 3) throw error;
      }
    }
  }

  return {
    call,
    log,
    tokens: () => kept.tokens,
    setTokens: (tokens) => Object.assign(kept, { tokens }),
  };
}

/** Hides from the client what would tell it the way to the metadata that it must not take. */
function loggingFetch(log: string[], way: Way): typeof fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const isPath = url.pathname.startsWith('/.well-known/oauth-protected-resource/');
    if (way === 'root' && isPath) return new Response(null, { status: 404 });
    const response = await fetch(input, init);
    log.push(`${url.pathname.replace(/^\/oauth2\//, '')} ${response.status}`);
    const challenge = response.headers.get('www-authenticate');
    if (way === 'header' || challenge === null) return response;
    const headers = new Headers(response.headers);
    headers.set('www-authenticate', challenge.replace(/ resource_metadata="[^"]*",?/, ''));
    return new Response(response.body, { status: response.status, headers });
  };
}

/** Keeps everything in memory. The issuer redirects at once, so that no browser is needed. */
function createProvider(log: string[]) {
  // biome-ignore lint/suspicious/noExplicitAny: the types are in the SDK.
  const kept: any = {};
  let code: string | null = null;
  const provider = {
    redirectUrl: REDIRECT_URL,
    clientMetadata: {
      client_name: 'test',
      redirect_uris: [REDIRECT_URL],
      token_endpoint_auth_method: 'none',
    },
    clientInformation: () => kept.client,
    saveClientInformation: (client: object) => Object.assign(kept, { client }),
    discoveryState: () => kept.discovery,
    saveDiscoveryState: (discovery: object) => Object.assign(kept, { discovery }),
    tokens: () => kept.tokens,
    saveTokens: (tokens: object) => Object.assign(kept, { tokens }),
    codeVerifier: () => kept.verifier,
    saveCodeVerifier: (verifier: string) => Object.assign(kept, { verifier }),
    async redirectToAuthorization(url: URL) {
      log.push(
        `authorize ${url.searchParams.get('scope')} for ${url.searchParams.get('resource')}`,
      );
      const response = await fetch(url, { redirect: 'manual' });
      code = new URL(response.headers.get('location') as string).searchParams.get('code');
    },
  };
  return { provider, kept, takeCode: () => code };
}

export interface McpServer {
  issuer: TestIssuer;
  url: string;
  origin: string;
  server: RunningServer;
  stop(): Promise<void>;
}

/** Begins in an outage of the keys, so that none is in memory before the first request. */
export async function startMcpServer(project: string, file: string): Promise<McpServer> {
  const PORT = String(await freePort());
  const origin = `http://localhost:${PORT}`;
  const url = `${origin}/mcp`;
  const issuer = createTestIssuer({ resource: url });
  await issuer.listen();
  await issuer.outage('status-500');
  const environment = { ...issuer.env, MCP_URL: url, PORT, NODE_ENV: 'production' };
  const waiting = `tcp://localhost:${PORT}`;
  const server = await startServer(project, process.execPath, [file], waiting, environment);
  return {
    issuer,
    url,
    origin,
    server,
    async stop() {
      await server.stop();
      await issuer.close();
    },
  };
}

// The guide to WebSockets and the one to HTTP/2, over real connections.
import { once } from 'node:events';
import { connect } from 'node:http2';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rawAnswer, spellingsOf } from './support/paths.js';
import { createRecipes, type Recipe, startRecipe } from './support/recipes.js';

const INVALID = 'Bearer error="invalid_token"';
/** By then a token that lives this long has expired, and not when the connection opens. */
const LIFETIME_SECONDS = 3;

let project: string;
let recipe: Recipe;

beforeAll(async () => {
  project = await createRecipes();
});

function load(name: string) {
  return createRequire(path.join(project, 'package.json'))(name);
}

function serving(file: string): void {
  beforeAll(async () => {
    recipe = await startRecipe(project, file);
  });
  afterAll(() => recipe?.stop());
}

async function shortLived(): Promise<string> {
  return recipe.sign({ exp: Math.floor(Date.now() / 1000) + LIFETIME_SECONDS });
}

describe('websockets.md: ws.js', () => {
  serving('websockets/ws.js');

  /** What comes of a connection: the status and header of a refusal, or the client. */
  async function open(protocols: string[], options: object = {}) {
    const { WebSocket } = load('ws');
    const url = recipe.origin.replace('http', 'ws');
    const client = new WebSocket(url, protocols, options);
    return new Promise<{ refused?: unknown[]; client: typeof client }>((resolve, reject) => {
      client.once('open', () => resolve({ client }));
      client.once('error', reject);
      client.once('unexpected-response', (_request: unknown, response: Answer) => {
        const { 'www-authenticate': challenge, 'retry-after': retryAfter } = response.headers;
        response.resume();
        resolve({ refused: [response.statusCode, challenge ?? retryAfter], client });
      });
    });
  }
  interface Answer {
    statusCode: number;
    headers: Record<string, string>;
    resume(): void;
  }
  const withToken = async (token: string) => open(['access-token', token]);

  it('refuses upgrades with the status and header of the error', async () => {
    const before = recipe.server.output();
    expect((await withToken(await recipe.sign())).refused).toEqual([503, '1']);
    await recipe.outage(false);
    const refusal = async () => (await withToken(await recipe.sign())).refused;
    await expect.poll(refusal, { timeout: 10_000, interval: 200 }).toBeUndefined();
    expect((await withToken(await recipe.forge())).refused).toEqual([401, INVALID]);
    expect((await withToken(await recipe.sign({ exp: 1 }))).refused).toEqual([401, INVALID]);
    expect((await open(['access-token'])).refused).toEqual([401, 'Bearer']);
    expect((await open([])).refused).toEqual([401, 'Bearer']);
    expect((await open(['other', await recipe.sign()])).refused).toEqual([401, 'Bearer']);
    expect(recipe.server.output()).toBe(before);
  });

  it('knows who is connected, and does not repeat the token', async () => {
    const { client } = await withToken(await recipe.sign());
    expect(client.protocol).toBe('access-token');
    client.send('hello');
    const [message] = await once(client, 'message');
    expect(String(message)).toBe('user_1: hello');
    client.close();
  });

  it('closes when the token expires', async () => {
    const { client } = await withToken(await shortLived());
    const opened = Date.now();
    const [code] = await once(client, 'close');
    expect(code).toBe(4401);
    expect(Date.now() - opened).toBeGreaterThan((LIFETIME_SECONDS - 2) * 1000);
  });

  it.each(spellingsOf('/chat'))('upgrades nobody without a token: %s', async (spelling) => {
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    };
    const { status } = await rawAnswer(recipe.origin, spelling, headers);
    expect([400, 401]).toContain(status);
  });

  it('responds to requests that are no upgrades', async () => {
    expect((await rawAnswer(recipe.origin, '/')).status).toBe(426);
  });
});

describe('websockets.md: socket-io.js', () => {
  serving('websockets/socket-io.js');
  // biome-ignore lint/suspicious/noExplicitAny: its types are the project's.
  let clients: any[];
  beforeEach(() => {
    clients = [];
  });
  afterEach(() => {
    for (const client of clients) client.disconnect();
  });

  async function open(auth: object, namespace = '/', transports = ['websocket']) {
    const { io } = load('socket.io-client');
    const options = { auth, transports, forceNew: true, reconnection: false };
    const client = io(recipe.origin + namespace, options);
    clients.push(client);
    const error = await new Promise<{ message: string; data: object } | undefined>((resolve) => {
      client.once('connect', () => resolve(undefined));
      client.once('connect_error', resolve);
    });
    return { client, refused: error && [error.message, error.data] };
  }

  const refusal = (code: string, status: number, more = {}) => [code, { code, status, ...more }];

  it.each(['websocket', 'polling'])('refuses connections over %s', async (transport) => {
    const namespaces = ['/', '/admin'];
    for (const namespace of namespaces) {
      const attempt = async (auth: object) => (await open(auth, namespace, [transport])).refused;
      await recipe.outage(false);
      const good = await recipe.sign();
      const good200 = async () => attempt({ token: good });
      await expect.poll(good200, { timeout: 10_000, interval: 200 }).toBeUndefined();
      const before = recipe.server.output();
      const forged = { token: await recipe.forge() };
      expect(await attempt(forged)).toEqual(refusal('INVALID_SIGNATURE', 401));
      const expired = { token: await recipe.sign({ exp: 1 }) };
      expect(await attempt(expired)).toEqual(refusal('TOKEN_EXPIRED', 401));
      for (const auth of [{}, { token: '' }, { token: null }, { token: [good] }, { token: {} }]) {
        expect(await attempt(auth)).toEqual(refusal('MALFORMED_TOKEN', 401));
      }
      expect(recipe.server.output()).toBe(before);
    }
  });

  it('knows who is connected, in each namespace', async () => {
    const token = await recipe.sign();
    const { client } = await open({ token });
    expect(await client.emitWithAck('whoami')).toBe('user_1');
    const { client: admin } = await open({ token }, '/admin');
    expect(await admin.emitWithAck('whoami')).toBe('admin user_1');
  });

  it('disconnects when the token expires', async () => {
    const { client } = await open({ token: await shortLived() });
    const opened = Date.now();
    const reason = await new Promise((resolve) => client.once('disconnect', resolve));
    expect(reason).toBe('io server disconnect');
    expect(Date.now() - opened).toBeGreaterThan((LIFETIME_SECONDS - 2) * 1000);
  });

  it('tells of an outage', async () => {
    const other = await startRecipe(project, 'websockets/socket-io.js');
    const mine = recipe;
    recipe = other;
    const { refused } = await open({ token: await other.sign() });
    recipe = mine;
    await other.stop();
    const seconds = { retryAfterSeconds: expect.any(Number) };
    expect(refused).toEqual(refusal('JWKS_FETCH_FAILED', 503, seconds));
  });
});

describe('other-frameworks.md: http2.js', () => {
  serving('other-frameworks/http2.js');

  async function ask(token?: string, spelling = '/me') {
    const session = connect(recipe.origin);
    const authorization = token && { authorization: `Bearer ${token}` };
    const stream = session.request({ ':path': spelling, ...authorization });
    const [headers] = await once(stream, 'response');
    const body = Buffer.concat(await stream.toArray()).toString();
    session.close();
    const { ':status': status, 'www-authenticate': challenge, 'retry-after': after } = headers;
    return [status, challenge ?? after, JSON.parse(body)];
  }
  const refused = (error: string, code: string) => ({ error, code });

  it('responds by the status and header of the error', async () => {
    const before = recipe.server.output();
    const unavailable = refused('temporarily_unavailable', 'JWKS_FETCH_FAILED');
    expect(await ask(await recipe.sign())).toEqual([503, '1', unavailable]);
    await recipe.outage(false);
    const good = async () => ask(await recipe.sign());
    const user = { user: 'user_1' };
    await expect.poll(good, { timeout: 10_000, interval: 200 }).toEqual([200, undefined, user]);
    expect(await ask()).toEqual([401, 'Bearer', refused('unauthorized', 'MALFORMED_TOKEN')]);
    const forged = refused('invalid_token', 'INVALID_SIGNATURE');
    expect(await ask(await recipe.forge())).toEqual([401, INVALID, forged]);
    const expired = refused('invalid_token', 'TOKEN_EXPIRED');
    expect(await ask(await recipe.sign({ exp: 1 }))).toEqual([401, INVALID, expired]);
    expect(recipe.server.output()).toBe(before);
  });

  it.each(['/%', '//me', '/../me', '/me\\x'])('guards the path %s', async (spelling) => {
    expect((await ask(undefined, spelling))[0]).toBe(401);
  });
});

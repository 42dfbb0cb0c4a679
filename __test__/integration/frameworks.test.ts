// What a framework makes of a `WorkosTokenError` that a handler lets escape.
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createProject, freePort, type RunningServer, startServer } from './support/project.js';

// Nothing here builds anything: a request that is never answered shall not hold up the rest.
vi.setConfig({ testTimeout: 20_000 });

const SERVERS = ['express-5', 'fastify-5', 'hono-4', 'koa-3'];
// Some frameworks show more of an error where they take themselves to be in development.
const ENVIRONMENTS = ['production', 'development'];

let project: string;
// biome-ignore lint/suspicious/noExplicitAny: what the project has installed.
let api: any;
let issuer: ReturnType<typeof createIssuer>;
let keyless: ReturnType<typeof createIssuer>;
/** What each path asks of a token. */
let options: Record<string, object>;

beforeAll(async () => {
  project = await createProject('frameworks');
  api = load('verify-workos-token');
  issuer = createIssuer();
  keyless = createIssuer();
  await keyless.outage('refuse');
  await keyless.listen();
  options = {
    '/': issuer.options,
    '/organization': { ...issuer.options, organizationId: 'org_acme' },
    '/keyless': keyless.options,
    '/mistake': { ...issuer.options, clientID: 'client_1' },
  };
});

afterAll(() => keyless?.close());

describe.each(SERVERS)('%s', (name) => {
  describe.each(ENVIRONMENTS)('in %s', (environment) => {
    let server: RunningServer;
    let address: string;

    beforeAll(async () => {
      const port = await freePort();
      address = `http://127.0.0.1:${port}`;
      const file = path.join('escaping', `${name}.mjs`);
      server = await startServer(project, process.execPath, [file], address, {
        NODE_ENV: environment,
        PORT: String(port),
        OPTIONS_BY_PATH: JSON.stringify(options),
      });
    });

    afterAll(() => server?.stop());

    test('answers a good token', async () => {
      const { status, body } = await ask(address, await issuer.sign({ sub: 'user_1' }));
      expect([status, JSON.parse(body)]).toEqual([200, { user: 'user_1' }]);
    });

    const invalid = { challenge: 'Bearer error="invalid_token"', retryAfter: null };
    const forbidden = { challenge: 'Bearer error="insufficient_scope"', retryAfter: null };
    const unavailable = { challenge: null, retryAfter: expect.stringMatching(/^[1-9]\d?$/) };
    const nothing = { challenge: null, retryAfter: null };

    test.each([
      ['an expired token', '/', () => issuer.expired(), 401, invalid],
      ['a forged token', '/', () => issuer.wrongKey(), 401, invalid],
      ['another’s token', '/', () => issuer.sign({ aud: 'client_2' }), 401, invalid],
      ['no member', '/organization', () => issuer.sign({ org_id: 'org_x' }), 403, forbidden],
      ['no keys', '/keyless', () => keyless.sign(), 503, unavailable],
      ['a mistake in the options', '/mistake', () => issuer.sign(), 500, nothing],
    ])('answers rightly for %s', async (_, route, sign, status, headers) => {
      const token = await sign();
      const { body, ...answer } = await ask(address + route, token);
      expect(answer).toEqual({ status, ...headers });
      for (const secret of await secretsOf(token, options[route])) {
        expect(body).not.toContain(secret);
      }
    });
  });
});

function load(name: string) {
  return createRequire(path.join(project, 'package.json'))(name);
}

function createIssuer() {
  return load('verify-workos-token/testing').createTestIssuer();
}

async function ask(url: string, token: string) {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    retryAfter: response.headers.get('retry-after'),
    body: withoutEscapes(await response.text()),
  };
}

/** Of an HTML page. */
function withoutEscapes(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
}

/** What no answer may hold: parts of the token, and of the error that the same call gives here. */
async function secretsOf(token: string, options: object | undefined): Promise<string[]> {
  const error = await api.verifyWorkosToken(token, options).catch((error: unknown) => error);
  const { hint, expected, actual } = error;
  const secrets = [hint, expected, actual, token.split('.')].flat();
  return secrets.filter((secret) => secret !== undefined).map(String);
}

// What `createMcpResource` makes of requests, in all its forms.
import { IncomingMessage, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { WorkosTokenError } from 'verify-workos-token';
import { createMcpResource, type McpAuthInfo, type WorkosAuth } from 'verify-workos-token/mcp';
import { createTestIssuer } from 'verify-workos-token/testing';
import { describe, expect, it } from 'vitest';
import { refusal } from '../support/refusal.js';
import { overSocket, sendJson } from '../support/requests.js';

const issuer = createTestIssuer();
const options = { ...issuer.connectOptions, scopes: ['notes:read', 'notes:write'] };
const mcp = createMcpResource(options);
const METADATA = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp';
const RESOURCE = `resource_metadata="${METADATA}"`;
const SCOPE = 'scope="notes:read notes:write"';
const EXPOSED = 'WWW-Authenticate, Retry-After';

const scope = 'notes:read notes:write';
const CLIENT = 'https://app.example.com/client.json';
const good = await issuer.signConnect({ scope, client_id: CLIENT, sub: 'user_1', exp: 9e9 + 0.5 });
const request = (authorization?: string | null) =>
  new Request('https://elsewhere.example/x', {
    headers: authorization == null ? {} : { authorization },
  });

type MiddlewareRequest = IncomingMessage & { auth: McpAuthInfo; workos: WorkosAuth };

/** Each way to protect a handler, over the same options. */
const WAYS: Record<string, (authorization: string | undefined) => Promise<Answer>> = {
  authenticate: async (authorization) => {
    const error = await refusal(() => mcp.authenticate(request(authorization)));
    const answer = await answerOf(error.getResponse());
    expect(answer.headers).toMatchObject(lowerCased(error.headers));
    return answer;
  },
  withToken: async (authorization) => {
    const handler = mcp.withToken(() => expect.unreachable('the request is refused'));
    return answerOf(await handler(request(authorization)));
  },
  requireToken: (authorization) =>
    overSocket(
      (incoming, response) =>
        mcp.requireToken()(incoming, response, () => sendJson(response, 'let through')),
      authorization === undefined ? [] : [authorization],
    ),
};

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

async function answerOf(response: Response): Promise<Answer> {
  const headers = Object.fromEntries(response.headers);
  return { status: response.status, headers, body: await response.json() };
}

const lowerCased = (headers: object) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

describe('authenticate', () => {
  it('resolves with what the MCP SDK hands to tools', async () => {
    const auth = await mcp.authenticate(request(`Bearer ${good}`));
    expect(auth).toStrictEqual({
      token: good,
      clientId: CLIENT,
      scopes: ['notes:read', 'notes:write'],
      expiresAt: 9e9,
      resource: new URL('https://mcp.example.com/mcp'),
      extra: { claims: expect.objectContaining({ sub: 'user_1', scope }) },
    });
    expect(Object.isFrozen(auth.extra.claims)).toBe(true);
    const again = await mcp.authenticate(request(`bearer ${good}`));
    expect(again).not.toBe(auth);
    expect(again.resource).not.toBe(auth.resource);
  });

  it('takes a request of Node', async () => {
    const incoming = Object.assign(new IncomingMessage(new Socket()), {
      headers: { authorization: `Bearer ${good}`, host: 'evil.example' },
    });
    expect(await mcp.authenticate(incoming)).toMatchObject({ clientId: CLIENT });
  });

  it('gives no scopes where the token has none', async () => {
    const open = createMcpResource(issuer.connectOptions);
    const token = await issuer.signConnect({ scope: undefined });
    expect((await open.authenticate(request(`Bearer ${token}`))).scopes).toEqual([]);
  });

  it.each([null, undefined, 'Bearer x', {}])('rejects %j in place of a request', async (odd) => {
    const error = await refusal(() => mcp.authenticate(odd as never));
    expect(error).toMatchObject({ code: 'INVALID_OPTIONS', status: 500, headers: {} });
  });
});

describe('withToken', () => {
  it('hands the request with its token to the handler, and everything else', async () => {
    const handler = mcp.withToken(async (incoming: Request, context: { params: string }) =>
      Response.json([
        (incoming as Request & { auth: McpAuthInfo }).auth.clientId,
        context.params,
        incoming.url,
      ]),
    );
    const response = await handler(request(`Bearer ${good}`), { params: 'p' });
    expect(await response.json()).toEqual([CLIENT, 'p', 'https://elsewhere.example/x']);
  });

  it('sets a property that others may set again', async () => {
    const incoming = request(`Bearer ${good}`);
    await mcp.withToken(({ auth }) => {
      expect(auth.token).toBe(good);
      return new Response();
    })(incoming);
    Object.assign(incoming, { auth: 'another' });
    expect(Object.entries(incoming)).toEqual([['auth', 'another']]);
  });

  it('answers for a refusal that the handler throws, and rethrows anything else', async () => {
    const inner = createMcpResource({ ...options, scopes: ['admin'] });
    const nested = mcp.withToken(async (incoming) => {
      await inner.authenticate(incoming);
      return new Response();
    });
    const response = await nested(request(`Bearer ${good}`));
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toContain('scope="admin"');
    for (const thrown of [new Error('x'), invalidOptions()]) {
      const failing = mcp.withToken(() => {
        throw thrown;
      });
      await expect(failing(request(`Bearer ${good}`))).rejects.toBe(thrown);
    }
  });

  it.each([undefined, null, {}])('refuses %j as a handler', (odd) => {
    expect(() => mcp.withToken(odd as never)).toThrow(/takes a handler, not/);
  });
});

function invalidOptions(): unknown {
  try {
    return createMcpResource({} as never);
  } catch (error) {
    return error;
  }
}

describe('requireToken', () => {
  it('sets req.auth for the SDK, and req.workos as the other adapters do', async () => {
    const { body } = await overSocket(
      (incoming, response: ServerResponse) =>
        mcp.requireToken()(incoming, response, () => {
          const { auth, workos } = incoming as MiddlewareRequest;
          sendJson(response, [auth.clientId, auth.extra.claims === workos.claims, workos.token]);
        }),
      [`Bearer ${good}`],
    );
    expect(body).toEqual([CLIENT, true, good]);
  });

  it('leaves the errors of later handlers alone', async () => {
    const thrown = new Error('later');
    const incoming = { headers: { authorization: `Bearer ${good}` } };
    const later = () => {
      throw thrown;
    };
    const call = mcp.requireToken()(incoming as never, {} as never, later);
    await expect(call).rejects.toBe(thrown);
  });
});

const refused = (error: string, code: string) => ({ error, code });
const REFUSALS: [string, () => Promise<string | undefined>, number, string, object][] = [
  [
    'no credentials',
    async () => undefined,
    401,
    `Bearer ${RESOURCE}, ${SCOPE}`,
    refused('unauthorized', 'MALFORMED_TOKEN'),
  ],
  [
    'another scheme',
    async () => 'Basic eDp5',
    401,
    `Bearer ${RESOURCE}, ${SCOPE}`,
    refused('unauthorized', 'MALFORMED_TOKEN'),
  ],
  [
    'two tokens',
    async () => 'Bearer a b',
    400,
    `Bearer error="invalid_request", ${RESOURCE}, ${SCOPE}`,
    refused('invalid_request', 'MALFORMED_TOKEN'),
  ],
  [
    'no token',
    async () => 'Bearer x',
    401,
    `Bearer error="invalid_token", ${RESOURCE}, ${SCOPE}`,
    refused('invalid_token', 'MALFORMED_TOKEN'),
  ],
  [
    'an expired token',
    async () => issuer.signConnect({}, { expiresInSeconds: -60 }),
    401,
    `Bearer error="invalid_token", ${RESOURCE}, ${SCOPE}`,
    refused('invalid_token', 'TOKEN_EXPIRED'),
  ],
  [
    'a scope that is lacking',
    async () => issuer.signConnect({ scope: 'notes:read notes:writes' }),
    403,
    `Bearer error="insufficient_scope", ${RESOURCE}, ${SCOPE}`,
    refused('insufficient_scope', 'MISSING_PERMISSION'),
  ],
  [
    'a token of a session',
    () => issuer.sign(),
    401,
    `Bearer error="invalid_token", ${RESOURCE}, ${SCOPE}`,
    refused('invalid_token', 'INVALID_ISSUER'),
  ],
  [
    'a token of a machine',
    () => issuer.signMachine({ aud: issuer.resource }),
    401,
    `Bearer error="invalid_token", ${RESOURCE}, ${SCOPE}`,
    refused('invalid_token', 'INVALID_SUBJECT'),
  ],
  [
    'a token for another resource',
    () => issuer.signConnect({ aud: `${issuer.resource}/` }),
    401,
    `Bearer error="invalid_token", ${RESOURCE}, ${SCOPE}`,
    refused('invalid_token', 'INVALID_AUDIENCE'),
  ],
  [
    'a token for no resource',
    () => issuer.signConnect({ aud: issuer.clientId }),
    401,
    `Bearer error="invalid_token", ${RESOURCE}, ${SCOPE}`,
    refused('invalid_token', 'INVALID_AUDIENCE'),
  ],
];

describe.each(Object.entries(WAYS))('%s', (_, way) => {
  it.each(REFUSALS)('answers to %s', async (_, credentials, status, challenge, body) => {
    const token = await credentials();
    const isHeader = token === undefined || / /.test(token);
    const answer = await way(isHeader ? token : `Bearer ${token}`);
    expect(answer).toMatchObject({ status, body });
    expect(answer.headers).toMatchObject({
      'www-authenticate': challenge,
      'access-control-expose-headers': EXPOSED,
      'cache-control': 'no-store',
    });
  });
});

describe('the challenge', () => {
  const refusalOf = async (more: object, claims: object) => {
    const resource = createMcpResource({ ...options, ...more });
    const token = await issuer.signConnect({ scope, ...claims });
    return refusal(() => resource.authenticate(request(`Bearer ${token}`)));
  };

  it('names no scopes where other scopes would not help', async () => {
    const error = await refusalOf({ organizationId: 'org_1' }, { org_id: 'org_2' });
    expect(error).toMatchObject({ code: 'FORBIDDEN_ORGANIZATION', status: 403 });
    const challenge = `Bearer error="insufficient_scope", ${RESOURCE}`;
    expect(error.headers['WWW-Authenticate']).toBe(challenge);
  });

  it('asks for a new sign-in as RFC 9470 does', async () => {
    const error = await refusalOf({ maxAuthAgeSeconds: 60 }, { auth_time: 1 });
    const challenge = 'Bearer error="insufficient_user_authentication", max_age="60"';
    expect(error.headers['WWW-Authenticate']).toBe(`${challenge}, ${RESOURCE}, ${SCOPE}`);
  });

  it('is not there in an outage: 503 with Retry-After', async () => {
    const { jwks: _, ...others } = options;
    const away = createMcpResource({ ...others, jwksUrl: 'http://127.0.0.1:1/' });
    const error = await refusal(() => away.authenticate(request(`Bearer ${good}`)));
    expect(error).toMatchObject({ code: 'JWKS_FETCH_FAILED', status: 503 });
    const { headers, body } = await answerOf(error.getResponse());
    expect(headers).toMatchObject({ 'retry-after': '1', 'access-control-expose-headers': EXPOSED });
    expect(headers).not.toHaveProperty('www-authenticate');
    expect(body).toEqual(refused('temporarily_unavailable', 'JWKS_FETCH_FAILED'));
  });

  it('names the resource alone where no scopes are asked for', async () => {
    const open = createMcpResource(issuer.connectOptions);
    const error = await refusal(() => open.authenticate(request()));
    expect(error.headers['WWW-Authenticate']).toBe(`Bearer ${RESOURCE}`);
    expect(await (await error.getResponse()).json()).toMatchObject({ error: 'unauthorized' });
  });
});

it('reads its options once: what is done to them later is not seen', async () => {
  const changing = { ...options, scopes: ['notes:read'], resourceName: 'Notes' };
  const made = createMcpResource(changing);
  changing.scopes.push('admin');
  changing.resource = 'https://evil.example/';
  const error = await refusal(() => made.authenticate(request()));
  expect(error.headers['WWW-Authenticate']).toBe(`Bearer ${RESOURCE}, scope="notes:read"`);
  expect(made.metadata.scopes_supported).toEqual(['notes:read']);
  expect(error).toBeInstanceOf(WorkosTokenError);
});

import { createHash } from 'node:crypto';
import type { TestIssuer } from 'verify-workos-token/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeIssuers, decode, fetchJson, listeningIssuer } from '../support/issuer.js';

const CALLBACK = 'http://127.0.0.1:9/callback';
const RESOURCE = 'https://notes.acme.com/mcp';
const VERIFIER = 'a-verifier.of~43_characters-as-RFC-7636-asks';
const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url');

let issuer: TestIssuer;
let origin: string;
beforeEach(async () => {
  const listening = await listeningIssuer({ algorithm: 'ES256', clientId: 'client_env' });
  issuer = listening;
  ({ origin } = new URL(listening.jwksUrl));
});
afterEach(closeIssuers);

type Form = Record<string, string>;
interface Reply {
  status: number;
  body: Record<string, unknown>;
  headers: Headers;
}

async function reply(response: Response): Promise<Reply> {
  const { status, headers } = response;
  return { status, headers, body: JSON.parse(await response.text()) };
}

async function register(metadata: unknown = {}, body = JSON.stringify(metadata)): Promise<Reply> {
  return reply(await fetch(`${origin}/oauth2/register`, { method: 'POST', body }));
}

const PUBLIC = { redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none' };
const idOf = async (metadata: object) => (await register(metadata)).body.client_id as string;

const wishOf = (client_id: string): Form => ({
  response_type: 'code',
  client_id,
  redirect_uri: CALLBACK,
  code_challenge: challengeOf(VERIFIER),
  code_challenge_method: 'S256',
  scope: 'notes:read offline_access',
  resource: RESOURCE,
  state: 'a state',
});

/** A value that is undefined takes a parameter out, and an array repeats it. */
type Wish = Record<string, string | undefined | readonly string[]>;

function without(form: Wish): URLSearchParams {
  const entries = Object.entries(form).flatMap(([name, value = []]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  );
  return new URLSearchParams(entries);
}

const ask = (form: Wish) =>
  fetch(`${origin}/oauth2/authorize?${without(form)}`, { redirect: 'manual' });

async function redirectOf(form: Wish): Promise<Form> {
  const response = await ask(form);
  const { origin, pathname, searchParams } = new URL(response.headers.get('location') as string);
  expect([response.status, `${origin}${pathname}`]).toEqual([302, CALLBACK]);
  expect(response.headers.get('cache-control')).toBe('no-store');
  return Object.fromEntries(searchParams);
}

async function codeFor(client: string, more: Wish = {}) {
  const { code, ...rest } = await redirectOf({ ...wishOf(client), ...more });
  expect(rest).toEqual({ state: 'a state' });
  return code as string;
}

async function token(form: Wish, headers = {}): Promise<Reply> {
  const body = without(form);
  return reply(await fetch(`${origin}/oauth2/token`, { method: 'POST', body, headers }));
}

const exchangeOf = (client_id: string, code: string): Form => ({
  grant_type: 'authorization_code',
  client_id,
  code,
  redirect_uri: CALLBACK,
  code_verifier: VERIFIER,
});

const claimsOf = ({ body }: Reply) => decode(body.access_token as string).claims;
const refused = (error: string, status = 400) => ({ status, body: { error } });

describe('the metadata', () => {
  it('is at both well-known paths, and names endpoints of the issuer', async () => {
    const path = '/.well-known/oauth-authorization-server';
    const metadata = await fetchJson(`${origin}${path}`);
    expect(metadata).toStrictEqual({
      issuer: origin,
      authorization_endpoint: `${origin}/oauth2/authorize`,
      token_endpoint: `${origin}/oauth2/token`,
      registration_endpoint: `${origin}/oauth2/register`,
      jwks_uri: `${origin}/oauth2/jwks`,
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none', 'client_secret_post', 'client_secret_basic'],
      client_id_metadata_document_supported: true,
      scopes_supported: ['email', 'offline_access', 'openid', 'profile'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    });
    expect(await fetchJson(`${origin}/.well-known/openid-configuration`)).toEqual(metadata);
    expect((await fetch(`${origin}${path}`, { method: 'POST' })).status).toBe(405);
    expect(issuer.requests()).toBe(0);
  });

  it('stays there in an outage of the keys', async () => {
    for (const mode of ['hang', 'status-500', 'html', 'drip', 'empty'] as const) {
      await issuer.outage(mode);
      const metadata = await fetchJson(`${origin}/.well-known/oauth-authorization-server`);
      expect(metadata).toMatchObject({ issuer: origin });
    }
  });
});

describe('the registration of clients', () => {
  it('gives a public client an id, and everything that it registered', async () => {
    const { status, body } = await register({ ...PUBLIC, client_name: 'Notes' });
    expect(status).toBe(201);
    expect(body).toStrictEqual({
      ...PUBLIC,
      client_name: 'Notes',
      grant_types: ['authorization_code'],
      client_id: expect.stringMatching(/^client_/),
      client_id_issued_at: expect.any(Number),
    });
  });

  it('gives others a secret', async () => {
    const { body } = await register({ redirect_uris: [CALLBACK] });
    const method = 'client_secret_basic';
    expect(body).toMatchObject({ token_endpoint_auth_method: method, client_secret_expires_at: 0 });
    expect(body.client_secret).toMatch(/^[\da-f]{64}$/);
  });

  it.each([
    ['no JSON', '{', 'invalid_client_metadata'],
    ['an array', '[]', 'invalid_redirect_uri'],
    ['null', 'null', 'invalid_client_metadata'],
    ['no redirect URI', '{}', 'invalid_redirect_uri'],
    ['a redirect URI that is none', '{"redirect_uris":["x"]}', 'invalid_redirect_uri'],
    ['a redirect URI alone', '{"redirect_uris":"http://x/"}', 'invalid_client_metadata'],
    [
      'another method',
      JSON.stringify({ ...PUBLIC, token_endpoint_auth_method: 'private_key_jwt' }),
      'invalid_client_metadata',
    ],
  ])('refuses %s', async (_, text, error) => {
    expect(await register({}, text)).toMatchObject(refused(error));
  });

  it.each([
    [65_536, 400],
    [65_537, 413],
  ])('reads %i bytes: %i', async (size, status) => {
    expect((await register({}, 'x'.repeat(size))).status).toBe(status);
  });
});

describe('the authorization code', () => {
  it('gives a token for the resource, with the scopes that were asked for', async () => {
    const client = await idOf(PUBLIC);
    const reply = await token(exchangeOf(client, await codeFor(client)));
    expect(reply.status).toBe(200);
    expect(reply.headers.get('cache-control')).toBe('no-store');
    expect(reply.body).toStrictEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'notes:read offline_access',
      refresh_token: expect.any(String),
    });
    const { iat, exp, ...claims } = claimsOf(reply) as { iat: number; exp: number };
    expect(exp - iat).toBe(300);
    expect(claims).toMatchObject({
      iss: origin,
      aud: RESOURCE,
      sub: decode(await issuer.sign()).claims.sub,
      client_id: client,
      scope: 'notes:read offline_access',
    });
  });

  it('gives a token of the environment to a client that names no resource', async () => {
    const client = await idOf(PUBLIC);
    const code = await codeFor(client, { resource: undefined, scope: undefined });
    const reply = await token(exchangeOf(client, code));
    expect(Object.keys(reply.body)).toEqual(['access_token', 'token_type', 'expires_in']);
    expect(claimsOf(reply)).toMatchObject({ aud: 'client_env', client_id: client });
    expect(claimsOf(reply)).not.toHaveProperty('scope');
  });

  it('is there for a client whose id is a URL', async () => {
    const client = 'https://app.example.com/client.json';
    const reply = await token(exchangeOf(client, await codeFor(client)));
    expect(claimsOf(reply)).toMatchObject({ client_id: client });
  });

  it('is good once, also where its only use failed', async () => {
    const client = await idOf(PUBLIC);
    for (const wrong of [{}, { code_verifier: `${VERIFIER}-` }]) {
      const exchange = exchangeOf(client, await codeFor(client));
      await token({ ...exchange, ...wrong });
      expect(await token(exchange)).toMatchObject(refused('invalid_grant'));
    }
  });

  it.each<[string, Record<string, string | undefined>, string]>([
    ['another verifier', { code_verifier: `${VERIFIER}-` }, 'invalid_grant'],
    ['no verifier', { code_verifier: undefined }, 'invalid_grant'],
    ['the challenge in its place', { code_verifier: challengeOf(VERIFIER) }, 'invalid_grant'],
    ['another redirect URI', { redirect_uri: `${CALLBACK}/` }, 'invalid_grant'],
    ['no redirect URI', { redirect_uri: undefined }, 'invalid_grant'],
    ['another code', { code: 'x' }, 'invalid_grant'],
    ['another resource', { resource: 'https://other.acme.com/' }, 'invalid_target'],
    ['a resource that is none', { resource: 'mcp' }, 'invalid_target'],
    ['another grant', { grant_type: 'password' }, 'unsupported_grant_type'],
  ])('is refused with %s', async (_, wrong, error) => {
    const client = await idOf(PUBLIC);
    const form = { ...exchangeOf(client, await codeFor(client)), ...wrong };
    expect(await token(form)).toMatchObject(refused(error));
  });

  it.each([
    [42, 400],
    [43, 200],
    [128, 200],
    [129, 400],
  ])('takes a verifier of %i characters: %i', async (length, status) => {
    const code_verifier = 'v'.repeat(length);
    const client = await idOf(PUBLIC);
    const code = await codeFor(client, { code_challenge: challengeOf(code_verifier) });
    const reply = await token({ ...exchangeOf(client, code), code_verifier });
    expect(reply.status).toBe(status);
  });

  it('is refused to another client, and to an unknown one', async () => {
    const client = await idOf(PUBLIC);
    const other = exchangeOf(await idOf(PUBLIC), await codeFor(client));
    expect(await token(other)).toMatchObject(refused('invalid_grant'));
    const unknown = exchangeOf('client_x', await codeFor(client));
    expect(await token(unknown)).toMatchObject(refused('invalid_client', 401));
  });

  it('is refused with a parameter twice', async () => {
    const client = await idOf(PUBLIC);
    const exchange = exchangeOf(client, await codeFor(client));
    const twice = await token({ ...exchange, code_verifier: [VERIFIER, VERIFIER] });
    expect(twice).toMatchObject(refused('invalid_request'));
    const wish = { ...wishOf(client), scope: ['notes:read', 'notes:write'] };
    expect(await reply(await ask(wish))).toMatchObject(refused('invalid_request'));
  });
});

// RFC 8707, section 2.
describe('several resources', () => {
  const OTHER = 'https://other.acme.com/';
  const THIRD = 'https://third.acme.com/';
  const audience = async (granted: readonly string[], named?: string | readonly string[]) => {
    const client = await idOf(PUBLIC);
    const code = await codeFor(client, { resource: granted });
    return token({ ...exchangeOf(client, code), resource: named });
  };

  it.each<[string, readonly string[], string | readonly string[] | undefined, unknown]>([
    ['all that were authorized', [RESOURCE, OTHER], undefined, [RESOURCE, OTHER]],
    ['those of them that are named', [RESOURCE, OTHER, THIRD], [THIRD, OTHER], [THIRD, OTHER]],
    ['the one that is named', [RESOURCE, OTHER], OTHER, OTHER],
    ['one that is there twice', [RESOURCE, RESOURCE], [RESOURCE, RESOURCE], RESOURCE],
    ['the others of an empty one', ['', RESOURCE], ['', RESOURCE], RESOURCE],
  ])('give a token for %s', async (_, granted, named, expected) => {
    expect(claimsOf(await audience(granted, named))).toMatchObject({ aud: expected });
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['one more', [RESOURCE, OTHER], [RESOURCE, THIRD]],
    ['one where none was authorized', [], [RESOURCE]],
    ['one that is none', [RESOURCE], [RESOURCE, 'mcp']],
  ])('are refused with %s', async (_, granted, named) => {
    expect(await audience(granted, named)).toMatchObject(refused('invalid_target'));
  });

  it('are refused if one of a wish is none', async () => {
    const wish = { ...wishOf(await idOf(PUBLIC)), resource: [RESOURCE, '/mcp'] };
    expect(await redirectOf(wish)).toMatchObject({ error: 'invalid_target' });
  });

  it('stay those of the refresh token after a token for one of them', async () => {
    const client_id = await idOf(PUBLIC);
    const code = await codeFor(client_id, { resource: [RESOURCE, OTHER] });
    const first = await token({ ...exchangeOf(client_id, code), resource: OTHER });
    expect(claimsOf(first)).toMatchObject({ aud: OTHER });
    const { refresh_token } = first.body as Form;
    const second = await token({ grant_type: 'refresh_token', client_id, refresh_token });
    expect(claimsOf(second)).toMatchObject({ aud: [RESOURCE, OTHER] });
  });
});

describe('the authorization endpoint', () => {
  it.each<[string, Record<string, string | undefined>, string]>([
    ['a token instead of a code', { response_type: 'token' }, 'unsupported_response_type'],
    ['no challenge', { code_challenge: undefined }, 'invalid_request'],
    ['a short challenge', { code_challenge: 'x'.repeat(42) }, 'invalid_request'],
    ['a long challenge', { code_challenge: 'x'.repeat(44) }, 'invalid_request'],
    ['a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a scope with a quote', { scope: 'a"b' }, 'invalid_scope'],
    ['two spaces in the scope', { scope: 'a  b' }, 'invalid_scope'],
    ['a resource with a fragment', { resource: `${RESOURCE}#x` }, 'invalid_target'],
    ['a relative resource', { resource: '/mcp' }, 'invalid_target'],
  ])('redirects a wish with %s to an error', async (_, wrong, error) => {
    const wish = { ...wishOf(await idOf(PUBLIC)), ...wrong };
    const { error_description: description, ...rest } = await redirectOf(wish);
    expect(rest).toEqual({ error, state: 'a state' });
    expect(description).toEqual(expect.any(String));
  });

  it.each<[string, Record<string, string | undefined>, string]>([
    ['an unknown client', { client_id: 'client_x' }, 'invalid_client'],
    ['no client', { client_id: undefined }, 'invalid_client'],
    ['another redirect URI', { redirect_uri: 'http://127.0.0.1:9/other' }, 'invalid_request'],
    ['no redirect URI', { redirect_uri: undefined }, 'invalid_request'],
  ])('redirects nobody with %s', async (_, wrong, error) => {
    const wish = { ...wishOf(await idOf(PUBLIC)), ...wrong };
    expect(await reply(await ask(wish))).toMatchObject(refused(error));
  });
});

describe('the refresh token', () => {
  async function granted(scope = 'notes:read notes:write offline_access') {
    const client = await idOf(PUBLIC);
    const { body } = await token(exchangeOf(client, await codeFor(client, { scope })));
    const refresh_token = body.refresh_token as string;
    return { grant_type: 'refresh_token', client_id: client, refresh_token };
  }

  it('gives a new pair, once', async () => {
    const form = await granted();
    const reply = await token({ ...form, resource: RESOURCE });
    expect(claimsOf(reply)).toMatchObject({ aud: RESOURCE, client_id: form.client_id });
    expect(reply.body.refresh_token).not.toBe(form.refresh_token);
    expect(await token(form)).toMatchObject(refused('invalid_grant'));
  });

  it('takes fewer scopes, and not one more', async () => {
    const fewer = await token({ ...(await granted()), scope: 'notes:read' });
    expect(claimsOf(fewer)).toMatchObject({ scope: 'notes:read' });
    const more = await token({ ...(await granted()), scope: 'notes:read admin' });
    expect(more).toMatchObject(refused('invalid_scope'));
  });

  it('is nobody else’s, and none comes without its scope', async () => {
    const form = { ...(await granted()), client_id: await idOf(PUBLIC) };
    expect(await token(form)).toMatchObject(refused('invalid_grant'));
    expect((await granted('notes:read')).refresh_token).toBe(undefined);
  });
});

describe('client_credentials', () => {
  const MACHINE = { grant_types: ['client_credentials'] };
  const form = { grant_type: 'client_credentials', scope: 'jobs:run' };

  it.each(['post', 'basic'])('give a machine its token, by %s', async (method) => {
    const { client_id, client_secret } = (await register(MACHINE)).body as Form;
    const basic = Buffer.from(`${client_id}:${client_secret}`).toString('base64');
    const reply =
      method === 'post'
        ? await token({ ...form, client_id, client_secret, resource: RESOURCE })
        : await token(form, { authorization: `Basic ${basic}` });
    expect(reply.status).toBe(200);
    expect(reply.body).not.toHaveProperty('refresh_token');
    const claims = { sub: client_id, client_id, aud: 'client_env', scope: 'jobs:run' };
    expect(claimsOf(reply)).toMatchObject(claims);
  });

  it('are refused with another secret, without one, and to who did not register for them', async () => {
    const { client_id } = (await register(MACHINE)).body as Form;
    const wrong = await token({ ...form, client_id, client_secret: 'x' });
    expect(wrong).toMatchObject(refused('invalid_client', 401));
    expect(wrong.headers.get('www-authenticate')).toBe('Basic');
    expect(await token({ ...form, client_id })).toMatchObject(refused('invalid_client', 401));
    for (const metadata of [PUBLIC, { ...MACHINE, token_endpoint_auth_method: 'none' }]) {
      const client = await idOf(metadata);
      const answer = await token({ ...form, client_id: client });
      expect(answer).toMatchObject(refused('unauthorized_client'));
    }
  });
});

// The challenges of the other adapters, where their options are for tokens of a resource.
import { withWorkosToken } from 'verify-workos-token/next';
import { authenticateRequest, errorToResponse } from 'verify-workos-token/web';
import { createTestIssuer, type TestClaims } from 'verify-workos-token/testing';
import { describe, expect, it } from 'vitest';
import { refusal } from '../support/refusal.js';
import { ADAPTERS } from '../support/requests.js';

const issuer = createTestIssuer({ algorithm: 'ES256', resource: 'https://api.acme.com/v1' });
const options = { ...issuer.connectOptions, scopes: ['posts:read', 'posts:write'] };
const METADATA = 'https://api.acme.com/.well-known/oauth-protected-resource/v1';
const RESOURCE = `resource_metadata="${METADATA}"`;
const SCOPE = 'scope="posts:read posts:write"';
const good = await issuer.signConnect({ scope: 'posts:write posts:read' });
const bearer = async (claims: TestClaims) => [`Bearer ${await issuer.signConnect(claims)}`];

describe.each(Object.entries(ADAPTERS))('%s', (_, send) => {
  it('lets a token of the resource through', async () => {
    expect(await send(options, [`Bearer ${good}`])).toMatchObject({ status: 200 });
  });

  it('tells where the metadata are, and which scopes a token needs', async () => {
    const told = async (authorization: string[]) => {
      const { status, headers } = await send(options, authorization, { host: 'evil.example' });
      expect(headers['access-control-expose-headers']).toBe('WWW-Authenticate, Retry-After');
      return [status, headers['www-authenticate']];
    };
    expect(await told([])).toEqual([401, `Bearer ${RESOURCE}, ${SCOPE}`]);
    const invalid = `Bearer error="invalid_token", ${RESOURCE}, ${SCOPE}`;
    expect(await told(['Bearer x'])).toEqual([401, invalid]);
    const insufficient = `Bearer error="insufficient_scope", ${RESOURCE}, ${SCOPE}`;
    expect(await told(await bearer({ scope: 'posts:read' }))).toEqual([403, insufficient]);
  });

  it('tells what there is to tell', async () => {
    const { resource: _, scopes: __, ...others } = options;
    const answer = await send({ ...others, audience: 'x' }, []);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    const scoped = await send({ ...others, audience: 'x', scopes: ['a'] }, []);
    expect(scoped.headers['www-authenticate']).toBe('Bearer scope="a"');
    const alone = await send({ ...others, resource: options.resource }, []);
    expect(alone.headers['www-authenticate']).toBe(`Bearer ${RESOURCE}`);
    expect(alone.body).toEqual({ error: 'unauthorized', code: 'MALFORMED_TOKEN' });
  });

  it('tells nothing of a resource where sessions are asked for', async () => {
    const answer = await send(issuer.options, []);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(answer.headers).not.toHaveProperty('access-control-expose-headers');
  });

  it('hands the challenge to onError', async () => {
    if (send === ADAPTERS.web) return;
    const seen: string[] = [];
    const onError = (error: { headers: Record<string, string> }) => {
      seen.push(error.headers['WWW-Authenticate'] as string);
      throw error;
    };
    await send({ ...options, onError }, []).catch(() => undefined);
    expect(seen).toEqual([`Bearer ${RESOURCE}, ${SCOPE}`]);
  });
});

it('sees no later change of the options of a wrapped handler', async () => {
  const scopes = ['posts:read'];
  const handler = withWorkosToken(() => new Response(), { ...options, scopes });
  scopes[0] = 'another';
  const response = await handler(new Request('http://localhost/'));
  const challenge = `Bearer ${RESOURCE}, scope="posts:read"`;
  expect(response.headers.get('www-authenticate')).toBe(challenge);
});

describe('authenticateRequest', () => {
  const request = new Request('http://localhost/');

  it('says it once of an error that goes through twice', async () => {
    const error = await refusal(() => authenticateRequest(request, options));
    const getToken = () => {
      throw error;
    };
    const other = { ...options, scopes: ['another'] };
    const again = await refusal(() => authenticateRequest(request, { ...other, getToken }));
    expect(again).toBe(error);
    expect(errorToResponse(again).headers.get('www-authenticate')).toBe(
      `Bearer ${RESOURCE}, ${SCOPE}`,
    );
  });

  it('survives scopes that can be read only once', async () => {
    let reads = 0;
    const scopes = new Proxy(['posts:read'], {
      get(target, name) {
        if (name === '0') reads += 1;
        if (reads > 1) throw new Error('once');
        return Reflect.get(target, name);
      },
    });
    const error = await refusal(() => authenticateRequest(request, { ...options, scopes }));
    expect(error.headers['WWW-Authenticate']).toBe(`Bearer ${RESOURCE}`);
  });

  it('never lets into a header what was changed after the check', async () => {
    const scopes = ['posts:read'];
    const call = authenticateRequest(request, { ...options, scopes });
    scopes[0] = 'x", evil="1';
    const error = await refusal(() => call);
    expect(error.headers['WWW-Authenticate']).not.toContain('evil');
  });
});

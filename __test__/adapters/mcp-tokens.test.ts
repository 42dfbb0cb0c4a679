// Tokens that are good elsewhere, and what the developer of an MCP server is told of each.
import { createMcpResource } from 'verify-workos-token/mcp';
import { createTestIssuer } from 'verify-workos-token/testing';
import { describe, expect, it } from 'vitest';
import { refusal } from '../support/refusal.js';

const issuer = createTestIssuer({ algorithm: 'ES256' });
const production = createTestIssuer({ algorithm: 'ES256', authkitDomain: 'prod.authkit.app' });
const mcp = createMcpResource(issuer.connectOptions);
const { resource, authkitDomain: iss } = issuer.connectOptions;
const request = (token: string) =>
  new Request('https://mcp.example.com/mcp', { headers: { authorization: `Bearer ${token}` } });

const ID_TOKEN = { client_id: undefined, scope: undefined, sid: undefined, email: 'a@b.example' };

const REFUSED: [string, () => Promise<string>, string, string, RegExp][] = [
  ['a session', () => issuer.sign(), 'INVALID_ISSUER', 'iss', /access token of a user session/],
  [
    'a session of an issuer that is both',
    () => issuer.sign({ iss, aud: resource }),
    'INVALID_CLAIM',
    'sid',
    /access token of a user session/,
  ],
  [
    'an ID token',
    () => issuer.signConnect({ ...ID_TOKEN, aud: 'client_01APPLICATION' }),
    'INVALID_AUDIENCE',
    'aud',
    /a client id, where a URL is expected/,
  ],
  [
    'an ID token with this audience',
    () => issuer.signConnect(ID_TOKEN),
    'INVALID_CLAIM',
    'client_id',
    /an ID token does not/,
  ],
  ['a machine', () => issuer.signMachine(), 'INVALID_AUDIENCE', 'aud', /machine-to-machine token/],
  [
    'a machine with this audience',
    () => issuer.signMachine({ aud: resource }),
    'INVALID_SUBJECT',
    'sub',
    /only users are accepted/,
  ],
  [
    'no resource',
    () => issuer.signConnect({ aud: issuer.clientId }),
    'INVALID_AUDIENCE',
    'aud',
    /no resource indicator is configured/,
  ],
  [
    'another resource',
    () => issuer.signConnect({ aud: 'https://other.example.com/mcp' }),
    'INVALID_AUDIENCE',
    'aud',
    /for another resource/,
  ],
  [
    'another spelling of the resource',
    () => issuer.signConnect({ aud: `${resource}/` }),
    'INVALID_AUDIENCE',
    'aud',
    /must match exactly/,
  ],
  [
    'another environment',
    () => production.signConnect(),
    'INVALID_ISSUER',
    'iss',
    /are Production and Staging mixed up/,
  ],
  [
    'another environment with the keys of this one',
    () => issuer.signConnect({ iss: production.connectOptions.authkitDomain }),
    'INVALID_ISSUER',
    'iss',
    /are Production and Staging mixed up/,
  ],
];

describe('a token', () => {
  it.each(REFUSED)('of %s is refused', async (_, sign, code, claim, hint) => {
    const token = await sign();
    const error = await refusal(() => mcp.authenticate(request(token)));
    expect(error).toMatchObject({ code, claim, status: 401 });
    expect(error.hint).toMatch(hint);
    const response = error.getResponse();
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token", res/);
    expect(await response.json()).toEqual({ error: 'invalid_token', code });
  });

  it('of an application whose id is a URL is accepted', async () => {
    const client_id = 'https://app.example.com/oauth/client.json';
    const auth = await mcp.authenticate(request(await issuer.signConnect({ client_id })));
    expect(auth.clientId).toBe(client_id);
  });

  it('of a machine is accepted where machines are asked for', async () => {
    const machines = createMcpResource({
      ...issuer.connectOptions,
      audience: issuer.clientId,
      subjects: ['machine'],
      scopes: ['jobs:run'],
    });
    const token = await issuer.signMachine({ scope: 'jobs:run' });
    const { clientId, extra } = await machines.authenticate(request(token));
    expect(clientId).toBe(extra.claims.sub);
    const user = await issuer.signConnect({ aud: issuer.clientId, scope: 'jobs:run' });
    const error = await refusal(() => machines.authenticate(request(user)));
    expect(error.code).toBe('INVALID_SUBJECT');
  });
});

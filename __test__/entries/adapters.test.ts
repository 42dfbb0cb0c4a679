// Entries in each adapter, with tokens and sessions.
import { describe, expect, it } from 'vitest';
import { createWorkosVerifier } from 'verify-workos-token';
import { withWorkosToken } from 'verify-workos-token/next';
import { createTestIssuer } from 'verify-workos-token/testing';
import { authenticateRequest } from 'verify-workos-token/web';
import { refusal, refusalSync } from '../support/refusal.js';
import { ADAPTERS } from '../support/requests.js';

const [one, two] = ['1', '2'].map((digit) => digit.repeat(32)) as [string, string];
/** RSA keys take long to generate. */
const QUICK = { algorithm: 'ES256' } as const;
const production = createTestIssuer({
  ...QUICK,
  clientId: 'client_production',
  cookiePassword: one,
});
const staging = createTestIssuer({ ...QUICK, clientId: 'client_staging', cookiePassword: two });
const entries = [
  { name: 'production', ...production.options },
  { name: 'staging', ...staging.options },
];
const CREDENTIALS = ['bearer', 'session'] as const;

describe.each(Object.entries(ADAPTERS))('%s', (_, send) => {
  it.each([
    ['the array alone', entries],
    ['the array beside other options', { entries, optional: true }],
  ])('takes %s', async (_, options) => {
    const token = await staging.sign({ sub: 'user_1' });
    for (let call = 0; call < 3; call += 1) {
      const { status, body } = await send(options, [`Bearer ${token}`]);
      expect([status, body]).toEqual([200, { sub: 'user_1', token, name: 'staging' }]);
    }
    const refused = await send(options, [`Bearer ${await createTestIssuer(QUICK).sign()}`]);
    expect([refused.status, refused.body]).toEqual([
      401,
      { error: 'invalid_token', code: 'INVALID_ISSUER' },
    ]);
  });

  it('challenges with the resource of the entry for Connect tokens', async () => {
    const connect = {
      name: 'connect',
      profile: 'connect',
      authkitDomain: 'acme.authkit.app',
      resource: 'https://api.example.com/mcp',
      scopes: ['posts:read'],
    };
    const { status, headers } = await send([...entries, connect], []);
    expect([status, headers['www-authenticate']]).toEqual([
      401,
      'Bearer resource_metadata="https://api.example.com/.well-known/oauth-protected-resource/mcp", scope="posts:read"',
    ]);
    const { headers: plain } = await send(entries, []);
    expect(plain['www-authenticate']).toBe('Bearer');
  });

  it('challenges with the scopes of the entry that refuses a token for them', async () => {
    const connect = (name: string, scopes: string[]) => {
      const domain = { authkitDomain: `${name}.authkit.app`, resource: `https://${name}.example` };
      const issuer = createTestIssuer({ ...QUICK, ...domain });
      return { issuer, entry: { name, ...issuer.connectOptions, scopes } };
    };
    const both = [connect('one', ['a:read', 'a:write']), connect('two', ['b:read', 'b:write'])];
    for (const [index, scope] of ['a:read a:write', 'b:read b:write'].entries()) {
      const { issuer, entry } = both[index] as ReturnType<typeof connect>;
      const token = await issuer.signConnect({ scope: scope.split(' ')[0] });
      const { status, headers } = await send(
        both.map((one) => one.entry),
        [`Bearer ${token}`],
      );
      const metadata = `https://${entry.name}.example/.well-known/oauth-protected-resource`;
      expect([status, headers['www-authenticate']]).toEqual([
        403,
        `Bearer error="insufficient_scope", resource_metadata="${metadata}", scope="${scope}"`,
      ]);
    }
  });

  it('takes sessions, each by the entries with its password', async () => {
    const options = { entries, credentials: CREDENTIALS };
    for (const [issuer, name] of [
      [production, 'production'],
      [staging, 'staging'],
    ] as const) {
      const cookie = (await issuer.cookie()).split(';')[0] as string;
      const { status, body } = await send(options, [], { cookie });
      expect([status, body]).toMatchObject([200, { name }]);
    }
  });
});

describe('sessions of several entries', () => {
  const verifier = createWorkosVerifier(entries);

  it('name their entry, which is not enumerable', async () => {
    const session = await verifier.verifySession(await staging.seal());
    expect(session.name).toBe('staging');
    expect(Object.keys(session)).not.toContain('name');
    expect(verifier.verifySessionSync(await production.seal()).name).toBe('production');
    expect(verifier.stats().entries.map(({ verified }) => verified)).toEqual([1, 1]);
  });

  it('belong to the entries that open them: passwords never mix', async () => {
    // Staging's password around Production's token.
    const forged = createTestIssuer({ ...QUICK, clientId: 'client_x', cookiePassword: two });
    const sealed = await forged.seal({ iss: production.issuer, aud: production.clientId });
    const error = await refusal(() => verifier.verifySession(sealed));
    expect(error.code).toBe('INVALID_ISSUER');
    const stranger = createTestIssuer({ ...QUICK, cookiePassword: '3'.repeat(32) });
    const unknown = await refusal(async () => verifier.verifySession(await stranger.seal()));
    expect(unknown).toMatchObject({ code: 'INVALID_SESSION', reason: 'mismatch' });
    expect(refusalSync(() => verifier.verifySessionSync('x'))).toMatchObject({
      code: 'INVALID_SESSION',
      reason: 'invalid',
    });
  });

  it('are tried by all entries with one password', async () => {
    const shared = [
      { name: 'a', ...production.options, cookiePassword: [one, two] },
      { name: 'b', ...staging.options, cookiePassword: [one, two] },
      { name: 'c', ...staging.options, cookiePassword: two },
    ];
    const { verifySession, explain } = createWorkosVerifier(shared);
    expect((await verifySession(await staging.seal())).name).toBe('b');
    expect((await verifySession(await production.seal())).name).toBe('a');
    await expect(explain(await staging.seal())).resolves.toMatchObject({ ok: true, name: 'b' });
  });

  it('are explained by the entry that opens them', async () => {
    await expect(verifier.explain(await staging.seal())).resolves.toMatchObject({
      ok: true,
      name: 'staging',
    });
    const sealed = await staging.seal({ exp: 1 });
    await expect(verifier.explain(sealed)).resolves.toMatchObject({
      ok: false,
      code: 'TOKEN_EXPIRED',
      name: 'staging',
    });
    const stranger = createTestIssuer({ ...QUICK, cookiePassword: '3'.repeat(32) });
    await expect(verifier.explain(await stranger.seal())).resolves.toMatchObject({
      ok: false,
      code: 'INVALID_SESSION',
      name: undefined,
    });
  });

  it('need one password at the least, and an entry without one takes none', async () => {
    const bare = entries.map(({ cookiePassword: _, ...entry }) => entry);
    const none = createWorkosVerifier(bare);
    const error = await refusal(async () => none.verifySession(await staging.seal()));
    expect(error).toMatchObject({ code: 'INVALID_OPTIONS' });
    expect(error.message).toBe(
      'in the entry "production", the option "cookiePassword" is missing, and so is WORKOS_COOKIE_PASSWORD',
    );
    const options = { entries: bare, credentials: CREDENTIALS };
    const request = new Request('http://localhost/');
    expect((await refusal(() => authenticateRequest(request, options))).code).toBe(
      'INVALID_OPTIONS',
    );
    const [first, second] = bare as [(typeof bare)[0], (typeof bare)[0]];
    const half = createWorkosVerifier([first, { ...second, cookiePassword: two }]);
    expect((await half.verifySession(await staging.seal())).name).toBe('staging');
    const refused = await refusal(async () => half.verifySession(await production.seal()));
    expect(refused.code).toBe('INVALID_SESSION');
  });
});

describe('withWorkosToken', () => {
  it('reads entries when the handler is wrapped, and checks them at each request', async () => {
    const list = [{ name: 'a', ...production.options, permissions: ['p'] }];
    const handler = withWorkosToken((_request, _context, { name }) => Response.json(name), list);
    list[0]?.permissions.splice(0, 1, 'q');
    list.push({ name: 'b', ...staging.options, permissions: [] });
    const request = async (claims: object) =>
      new Request('http://localhost/', {
        headers: { authorization: `Bearer ${await production.sign({ ...claims })}` },
      });
    expect((await handler(await request({ permissions: ['q'] }))).status).toBe(403);
    const response = await handler(await request({ permissions: ['p'] }));
    expect([response.status, await response.json()]).toEqual([200, 'a']);

    const wrong = withWorkosToken(() => new Response(), [{ name: 'a', audience: 1 }] as never);
    const error = await refusal(async () => wrong(await request({})));
    expect(error.message).toContain('in the entry "a", the option "audience" must be');
    expect(refusalSync(() => withWorkosToken(() => new Response(), [])).code).toBe(
      'INVALID_OPTIONS',
    );
  });
});

describe('authenticateRequest', () => {
  it('sees entries that have changed', async () => {
    const list = entries.slice();
    const options = { entries: list };
    const request = async () =>
      new Request('http://localhost/', {
        headers: { authorization: `Bearer ${await staging.sign()}` },
      });
    expect((await authenticateRequest(await request(), options)).name).toBe('staging');
    list.pop();
    const error = await refusal(async () => authenticateRequest(await request(), options));
    expect(error.code).toBe('INVALID_ISSUER');
  });
});

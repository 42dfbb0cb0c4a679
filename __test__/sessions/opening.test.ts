import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createWorkosVerifier, verifyWorkosSession, verifyWorkosToken } from 'verify-workos-token';
import { createTestIssuer } from 'verify-workos-token/testing';
import { refusal } from '../support/refusal.js';
import { PASSWORD, seal } from '../support/seal.js';

interface Vectors {
  now: number;
  clientId: string;
  password: string;
  jwks: { keys: object[] };
  accessToken: string;
  refreshToken: string;
  user: Record<string, unknown>;
  impersonator: object;
  sessions: { id: string; sealed: string; authenticationMethod?: string; expiresAt?: number }[];
  signInState: { sealed: string };
}

const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../vectors/seals.json', import.meta.url), 'utf8'),
);
const { now, clientId, jwks, password: cookiePassword } = vectors;
const options = { now, clientId, jwks, cookiePassword };
const issuer = createTestIssuer({ cookiePassword: PASSWORD });

describe('a session that was sealed by', () => {
  it.each(vectors.sessions)('$id', async ({ sealed, authenticationMethod = null, expiresAt }) => {
    const verifier = createWorkosVerifier(options);
    for (const session of [
      await verifyWorkosSession(sealed, options),
      await verifier.verifySession(sealed),
      verifier.verifySessionSync(sealed),
    ]) {
      expect(session).toEqual({
        claims: await verifyWorkosToken(vectors.accessToken, options),
        user: vectors.user,
        impersonator: vectors.impersonator,
        authenticationMethod,
      });
      expect(session.accessToken).toBe(vectors.accessToken);
    }
    expect(verifier.stats().verified).toBe(2);
    const later = { ...options, now: now + 700, clockToleranceSeconds: 300 };
    const { code } = await refusal(() => verifyWorkosSession(sealed, later));
    expect(code).toBe(expiresAt === undefined ? 'TOKEN_EXPIRED' : 'INVALID_SESSION');
  });
});

describe('what is handed out', () => {
  it('is frozen all the way down', async () => {
    const session = await verifyWorkosSession(
      await issuer.seal({ act: { sub: 'x' } }, { user: { metadata: { a: 'b' } } }),
      issuer.options,
    );
    const parts = [session, session.claims, session.claims.act, session.user];
    for (const part of [...parts, session.user?.metadata]) expect(Object.isFrozen(part)).toBe(true);
  });

  it('shows neither token to a logger, and the refresh token to nobody', async () => {
    const sealed = vectors.sessions[0]?.sealed as string;
    const session = await verifyWorkosSession(sealed, options);
    const shown = [inspect(session, { depth: 9 }), JSON.stringify(session), Object.keys(session)];
    expect(shown.join()).not.toContain(vectors.accessToken);
    const all = inspect(session, { depth: 9, showHidden: true });
    expect(all).toContain(vectors.accessToken);
    expect(all).not.toContain(vectors.refreshToken);
  });

  it('has null for what was not sealed, and needs no user', async () => {
    const sealed = seal({ accessToken: await issuer.sign(), user: null });
    const session = await verifyWorkosSession(sealed, issuer.options);
    expect(session).toMatchObject({ user: null, impersonator: null, authenticationMethod: null });
    expect(Object.keys(session)).toEqual([
      'claims',
      'user',
      'impersonator',
      'authenticationMethod',
    ]);
  });

  it('has members of any name, written in any way', async () => {
    const accessToken = await issuer.sign({ sub: 'user_1' });
    const user = `{"\\u0069d":"user_1","__proto__":{"x":1},"a\\"b":[{}],"constructor":2}`;
    const sealed = seal(`{"accessToken":"${accessToken}","user":${user}}`);
    const session = await verifyWorkosSession(sealed, issuer.options);
    expect(Object.entries(session.user ?? {})).toEqual(Object.entries(JSON.parse(user)));
    expect(Object.getPrototypeOf(session.user)).toBe(Object.prototype);
  });

  it('is the same for a session that comes again, whose claims are kept', async () => {
    const verifier = createWorkosVerifier(issuer.options);
    const sealed = await issuer.seal();
    const sessions = [];
    for (let time = 0; time < 4; time += 1) sessions.push(await verifier.verifySession(sealed));
    expect(sessions[3]).toEqual(sessions[0]);
    expect(sessions[3]?.claims).toBe(sessions[2]?.claims);
  });

  it('comes for many sessions at once, each its own', async () => {
    const sealed = await Promise.all(
      Array.from({ length: 64 }, (_, index) => issuer.seal({ sub: `user_${index}` })),
    );
    const sessions = await Promise.all(
      sealed.map((one) => verifyWorkosSession(one, issuer.options)),
    );
    expect(sessions.map(({ claims, user }) => [claims.sub, user?.id])).toEqual(
      sealed.map((_, index) => [`user_${index}`, `user_${index}`]),
    );
  });
});

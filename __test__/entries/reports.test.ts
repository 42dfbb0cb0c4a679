// What a verifier with entries says of itself: counters, events, tests of the connection.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it } from 'vitest';
import { createWorkosVerifier, type WorkosVerifyEvent } from 'verify-workos-token';
import { closeIssuers, listeningIssuer, newIssuer } from '../support/issuer.js';
import { refusal } from '../support/refusal.js';

/** RSA keys take long to generate. */
const QUICK = { algorithm: 'ES256' } as const;

afterEach(closeIssuers);

async function twoIssuers() {
  const production = await listeningIssuer({ ...QUICK, clientId: 'client_production' });
  const staging = await listeningIssuer({ ...QUICK, clientId: 'client_staging' });
  const entries = [
    { name: 'production', ...production.options },
    { name: 'staging', ...staging.options },
  ] as const;
  return { production, staging, verifier: createWorkosVerifier(entries) };
}

describe('stats', () => {
  it('has the sum and each entry', async () => {
    const { production, staging, verifier } = await twoIssuers();
    await verifier.verify(await staging.sign());
    const { entries, ...sum } = verifier.stats();
    expect(sum).toMatchObject({ fetches: 1, keysInMemory: 1, verified: 1 });
    expect(sum.keySetHash).toBe(entries[1]?.keySetHash);
    expect(entries).toMatchObject([
      { name: 'production', fetches: 0, keysInMemory: 0, keySetHash: null, verified: 0 },
      { name: 'staging', fetches: 1, keysInMemory: 1, verified: 1 },
    ]);
    expect(Object.keys(entries[0] ?? {})).not.toContain('registry');
    await verifier.ready();
    const after = verifier.stats();
    expect(after).toMatchObject({ fetches: 2, keysInMemory: 2, keySetHash: null });
    expect(Math.abs((after.lastFetchAt ?? 0) - Date.now())).toBeLessThan(60_000);
    await refusal(async () => verifier.verify(await production.wrongKey()));
    expect(verifier.stats().rejected).toEqual({ INVALID_SIGNATURE: 1 });
  });

  it('counts keys that entries share once', async () => {
    const issuer = await listeningIssuer(QUICK);
    const { verify, stats } = createWorkosVerifier([
      { name: 'a', ...issuer.options, audience: 'x' },
      { name: 'b', ...issuer.options },
    ]);
    await verify(await issuer.sign());
    const { fetches, keysInMemory, keySetHash, entries } = stats();
    expect([fetches, keysInMemory]).toEqual([1, 1]);
    expect(entries.map((entry) => [entry.fetches, entry.keySetHash])).toEqual([
      [1, keySetHash],
      [1, keySetHash],
    ]);
  });
});

it('counts the same fixed keys of two entries once', async () => {
  const [issuer, other] = [newIssuer(QUICK), newIssuer(QUICK)];
  const { stats } = createWorkosVerifier([
    { name: 'a', ...issuer.options, audience: 'x' },
    { name: 'b', ...issuer.options },
  ]);
  const { keysInMemory, keySetHash, entries } = stats();
  expect([keysInMemory, keySetHash]).toEqual([1, entries[0]?.keySetHash]);
  const two = createWorkosVerifier([
    { name: 'a', ...issuer.options },
    { name: 'b', ...other.options },
  ]);
  expect(two.stats()).toMatchObject({ keysInMemory: 2, keySetHash: null });
});

describe('exportKeys', () => {
  it('gives the keys of one entry', async () => {
    const { staging, verifier } = await twoIssuers();
    expect(verifier.exportKeys('staging')).toBe(undefined);
    await verifier.ready();
    expect(JSON.parse(verifier.exportKeys('staging') ?? '')).toMatchObject({
      jwksUrl: staging.jwksUrl,
    });
  });
});

describe('events', () => {
  it('name the entry that accepted', async () => {
    const { staging, production, verifier } = await twoIssuers();
    const [good, bad] = [await staging.sign(), await production.wrongKey()];
    await verifier.ready();
    const seen: WorkosVerifyEvent[] = [];
    const listener = (event: unknown) => seen.push({ ...(event as WorkosVerifyEvent) });
    subscribe('tracing:verify-workos-token.verify:asyncEnd', listener);
    try {
      await Promise.all([verifier.verify(good), verifier.verifyDetailed(await production.sign())]);
      for (let call = 0; call < 3; call += 1) await verifier.verify(good);
      await refusal(() => verifier.verify(bad));
    } finally {
      unsubscribe('tracing:verify-workos-token.verify:asyncEnd', listener);
    }
    const told = seen.map(({ method, name, outcome, code }) => [method, name, outcome, code]);
    expect(told.toSorted()).toEqual(
      [
        ['verify', 'staging', 'accepted', undefined],
        ['verifyDetailed', 'production', 'accepted', undefined],
        ['verify', 'staging', 'accepted', undefined],
        ['verify', 'staging', 'accepted', undefined],
        ['verify', 'staging', 'accepted', undefined],
        ['verify', undefined, 'refused', 'INVALID_SIGNATURE'],
      ].toSorted(),
    );
  });
});

describe('testConnection', () => {
  it('tests each entry, and succeeds if all do', async () => {
    const { production, staging, verifier } = await twoIssuers();
    const report = await verifier.testConnection();
    expect(report).toMatchObject({
      success: true,
      error: null,
      entries: [
        { name: 'production', success: true, jwksUrl: production.jwksUrl, token: null },
        { name: 'staging', success: true, jwksUrl: staging.jwksUrl, token: null },
      ],
    });
    expect(Object.isFrozen(report) && report.entries.every(Object.isFrozen)).toBe(true);
    await staging.outage('status-500');
    const failed = await verifier.testConnection();
    expect(failed).toMatchObject({
      success: false,
      error: { code: 'JWKS_FETCH_FAILED' },
      entries: [{ success: true }, { success: false, error: { code: 'JWKS_FETCH_FAILED' } }],
    });
  });

  it.each([
    ['of an entry', 'sign', {}, [null, { ok: true }], true],
    ['that an entry refuses', 'sign', { exp: 1 }, [null, { ok: false, claim: 'exp' }], false],
  ] as const)('reports a token %s for that entry', async (_, method, changes, tokens, success) => {
    const { staging, verifier } = await twoIssuers();
    const token = await staging[method](changes);
    const report = await verifier.testConnection({ token });
    expect(report.success).toBe(success);
    expect(report.entries.map((entry) => entry.token)).toMatchObject(tokens);
  });

  it('reports a token of no entry for all', async () => {
    const { verifier } = await twoIssuers();
    const token = await newIssuer({ ...QUICK, clientId: 'client_x' }).sign();
    const report = await verifier.testConnection({ token });
    expect(report.error).toMatchObject({ code: 'INVALID_ISSUER' });
    expect(report.entries.map((entry) => entry.token?.ok)).toEqual([false, false]);
  });

  it('takes a token alone', async () => {
    const { verifier } = await twoIssuers();
    const options = { clientId: 'client_1' } as never;
    expect((await refusal(() => verifier.testConnection(options))).code).toBe('INVALID_OPTIONS');
  });
});

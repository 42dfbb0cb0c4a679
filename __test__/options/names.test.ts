// Options of other libraries, and options mistyped: the hint gives the right name.
import { describe, expect, it } from 'vitest';
import { requireWorkosToken } from 'verify-workos-token/express';
import { GOOD, optionsRefusal } from '../support/options.js';
import { refusalSync } from '../support/refusal.js';

describe('the hint for a name of another library', () => {
  it.each([
    ['client_id', 'clientId'],
    ['clientID', 'clientId'],
    ['CLIENT_ID', 'clientId'],
    ['jwksUri', 'jwksUrl'],
    ['jwks_uri', 'jwksUrl'],
    ['jwksURI', 'jwksUrl'],
    ['jwksURL', 'jwksUrl'],
    ['jwks_url', 'jwksUrl'],
    ['keys', 'jwks'],
    ['publicKey', 'jwks'],
    ['clockTolerance', 'clockToleranceSeconds'],
    ['clock_tolerance', 'clockToleranceSeconds'],
    ['leeway', 'clockToleranceSeconds'],
    ['clockTimestamp', 'now'],
    ['currentDate', 'now'],
    ['permission', 'permissions'],
    ['requiredScopes', 'scopes'],
    ['scope', 'scopes'],
    ['resourceServerUrl', 'resource'],
    ['domain', 'authkitDomain'],
    ['token_use', 'profile'],
    ['role', 'roles'],
    ['entitlement', 'entitlements'],
    ['feature_flags', 'featureFlags'],
    ['flags', 'featureFlags'],
    ['maxAuthAge', 'maxAuthAgeSeconds'],
    ['password', 'cookiePassword'],
    ['aud', 'audience'],
    ['allowedAud', 'audience'],
    ['iss', 'issuer'],
    ['issuerBaseURL', 'issuer'],
    ['orgId', 'organizationId'],
    ['org_id', 'organizationId'],
    ['organization', 'organizationId'],
    ['organization_id', 'organizationId'],
    ['algorithm', 'algorithms'],
    ['alg', 'algorithms'],
    ['tokenSigningAlg', 'algorithms'],
    ['baseURL', 'apiUrl'],
    ['api_hostname', 'apiUrl'],
    ['cache', 'verifiedTokenCache'],
    ['cacheMaxAge', 'jwksCache.maxAgeSeconds'],
    ['maxAgeSeconds', 'jwksCache.maxAgeSeconds'],
    ['timeout', 'jwksCache.timeoutMs'],
    ['timeoutDuration', 'jwksCache.timeoutMs'],
    ['timeoutMs', 'jwksCache.timeoutMs'],
    ['cooldownDuration', 'jwksCache.cooldownSeconds'],
    ['jwksRequestsPerMinute', 'jwksCache.cooldownSeconds'],
    ['ca', 'jwksCache.ca'],
  ])('%s is %s', async (name, right) => {
    const error = await optionsRefusal({ ...GOOD, [name]: 'SECRET' });
    expect(error.message).toBe(`there is no option "${name}"`);
    expect(error.hint).toContain(`Did you mean "${right}"?`);
    expect(error.hint.includes('unit')).toBe(/(Seconds|Ms)$/.test(right) && name !== right);
  });

  it.each([
    ['maxAge', 'maxAgeSeconds'],
    ['cacheMaxAge', 'maxAgeSeconds'],
    ['timeout', 'timeoutMs'],
    ['timeout_ms', 'timeoutMs'],
    ['cooldown', 'cooldownSeconds'],
    ['cooldownDuration', 'cooldownSeconds'],
    ['staleIfError', 'staleIfErrorSeconds'],
    ['staleIfErrorSecond', 'staleIfErrorSeconds'],
    ['certificates', 'ca'],
  ])('%s in jwksCache is %s', async (name, right) => {
    const error = await optionsRefusal({ ...GOOD, jwksCache: { [name]: 1 } });
    expect(error.message).toBe(`there is no option "jwksCache.${name}"`);
    expect(error.hint).toContain(`Did you mean "jwksCache.${right}"?`);
  });
});

describe('the hint for an option without a counterpart says what to do', () => {
  it.each<[string, RegExp]>([
    ['ignoreExpiration', /always checked.*"now"/],
    ['ignoreNotBefore', /always checked.*"now"/],
    ['maxTokenAge', /compare "iat" in the claims that are returned/],
    ['maxAge', /compare "iat" in the claims that are returned/],
    ['requiredClaims', /exp, iss, aud and sub are always required/],
    ['subject', /Compare "sub" in the claims that are returned/],
    ['sub', /Compare "sub" in the claims that are returned/],
    ['typ', /always checked/],
    ['nonce', /Compare this claim/],
    ['authorizedParties', /Compare this claim/],
    ['apiKey', /play no part/],
    ['secret', /play no part/],
    ['clientSecret', /play no part/],
    ['agent', /HTTPS_PROXY/],
    ['then', /await it/],
    ['getToken', /of all adapters/],
    ['onError', /Next\.js and Express/],
  ])('%s', async (name, hint) => {
    const error = await optionsRefusal({ ...GOOD, [name]: 'SECRET' });
    expect(error.message).toBe(`there is no option "${name}"`);
    expect(error.hint).toMatch(hint);
  });
});

describe('the hint for a name mistyped', () => {
  it.each([
    ['audiance', 'audience'],
    ['permisions', 'permissions'],
    ['organisationId', 'organizationId'],
    ['isuer', 'issuer'],
    ['algoritms', 'algorithms'],
    ['impersonations', 'impersonation'],
    ['jwkUrl', 'jwksUrl'],
    ['verifiedTokensCache', 'verifiedTokenCache'],
  ])('%s is %s', async (name, right) => {
    expect((await optionsRefusal({ ...GOOD, [name]: 1 })).hint).toBe(`Did you mean "${right}"?`);
  });

  it.each(['plan', 'abc', 'x', 'toString', 'constructor', 'hasOwnProperty'])(
    'that is near none lists them all: %s',
    async (name) => {
      const { hint } = await optionsRefusal({ ...GOOD, [name]: 1 });
      expect(hint).toMatch(/^The options are clientId, audience, .*jwksCache\.$/);
    },
  );
});

describe('the hint for an option of an adapter', () => {
  it.each([
    ['credentialsRequired', 'optional'],
    ['authRequired', 'optional'],
    ['requestProperty', 'property'],
    ['on_error', 'onError'],
    ['gettoken', 'getToken'],
    ['client_id', 'clientId'],
  ])('%s is %s', (name, right) => {
    const error = refusalSync(() => requireWorkosToken({ ...GOOD, [name]: 1 } as object));
    expect(error.hint).toBe(`Did you mean "${right}"?`);
  });
});

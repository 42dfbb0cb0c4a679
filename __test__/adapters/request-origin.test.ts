// Where a request comes from, as its headers say it: whatever they are, none hides another site.
import { describe, expect, it } from 'vitest';
import { createTestIssuer } from 'verify-workos-token/testing';
import { authenticateRequest } from 'verify-workos-token/web';
import { refusal } from '../support/refusal.js';

const issuer = createTestIssuer({ cookiePassword: 'a password of more than 32 characters' });
const cookie = await issuer.cookie();
const options = { ...issuer.options, credentials: ['session' as const] };

const authenticate = (headers: object, method: string) =>
  authenticateRequest({ headers, method } as Request, options);

describe('a request that changes something', () => {
  it.each<[string, object]>([
    ['Sec-Fetch-Site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['Origin', { Origin: 'https://evil.test', host: 'app.test' }],
    ['Host', { origin: 'https://app.test', Host: 'app.test' }],
  ])('is not taken with a header %s in capitals', async (_, headers) => {
    const error = await refusal(() => authenticate({ cookie, ...headers }, 'POST'));
    expect([error.code, error.message]).toEqual([
      'INVALID_OPTIONS',
      'the headers of a request are needed, not an object with names in capital letters',
    ]);
  });

  it('is sent to the :authority of HTTP/2, whatever else is named', async () => {
    const headers = { cookie, ':authority': 'app.test', host: 'evil.test' };
    const call = (origin: string) => authenticate({ ...headers, origin }, 'POST');
    expect((await refusal(() => call('https://evil.test'))).code).toBe('CROSS_SITE_REQUEST');
    expect(await call('https://app.test')).toHaveProperty('session');
  });

  it('is taken with other names in capitals', async () => {
    expect(await authenticate({ cookie, 'X-Trace': '1' }, 'POST')).toHaveProperty('session');
  });
});

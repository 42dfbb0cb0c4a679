import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { verifyWorkosToken } from '../index.js';
import { createTestIssuer } from '../js/testing.js';
import { refusal } from './support/refusal.js';

const issuer = createTestIssuer();
const { clientId } = issuer;

class WithGetter {
  get organizationId(): string {
    return 'org_good';
  }
}

class WithField {
  readonly organizationId = 'org_good';
}

beforeEach(async () => {
  await issuer.listen();
  const { hostname, port } = new URL(issuer.jwksUrl as string);
  vi.stubEnv('WORKOS_CLIENT_ID', clientId);
  vi.stubEnv('WORKOS_API_HOSTNAME', hostname);
  vi.stubEnv('WORKOS_API_PORT', port);
  vi.stubEnv('WORKOS_API_HTTPS', 'false');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await issuer.close();
});

async function tokenOfAnotherOrganization(): Promise<string> {
  const { origin } = new URL(issuer.jwksUrl as string);
  return issuer.sign({ iss: `${origin}/user_management/${clientId}`, org_id: 'org_evil' });
}

describe('a check is never lost with the object that was to bring it', () => {
  it.each<[string, unknown]>([
    ['a promise, its await forgotten', Promise.resolve({ organizationId: 'org_good' })],
    ['a map', new Map([['organizationId', 'org_good']])],
    ['a set', new Set(['organizationId'])],
    ['a URL', new URL('https://example.com/?organizationId=org_good')],
    ['a date', new Date()],
    ['an instance whose class has getters', new WithGetter()],
    ['an object that inherits its options', Object.create({ organizationId: 'org_good' })],
    [
      'one that has some and inherits others',
      Object.assign(new WithGetter(), { audience: clientId }),
    ],
  ])('%s is refused', async (_, options) => {
    const token = await tokenOfAnotherOrganization();
    const error = await refusal(() => verifyWorkosToken(token, options as object));
    expect(error.code).toBe('INVALID_OPTIONS');
    expect(error.message).toMatch(/"options"|"organizationId"/);
  });

  it('an instance that has its options itself is read like any other', async () => {
    const token = await tokenOfAnotherOrganization();
    const error = await refusal(() => verifyWorkosToken(token, new WithField()));
    expect(error.code).toBe('FORBIDDEN_ORGANIZATION');
  });
});

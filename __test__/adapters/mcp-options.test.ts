// Mistakes in the options of `createMcpResource`. Those of the verification are in options/.
import { createMcpResource } from 'verify-workos-token/mcp';
import { createTestIssuer } from 'verify-workos-token/testing';
import { describe, expect, it } from 'vitest';
import { refusalSync } from '../support/refusal.js';

const issuer = createTestIssuer({ algorithm: 'ES256' });
const make = (more: object) => createMcpResource({ ...issuer.connectOptions, ...more });
const NO_SCOPE = 'an array with a string that is no scope';

describe('createMcpResource', () => {
  it.each<[string, object, RegExp]>([
    [
      'resource: none',
      { resource: undefined, audience: 'x' },
      /^the option "resource" is missing$/,
    ],
    ['resource: a quote', { resource: 'https://x.example/"' }, /"resource" must be /],
    ['resource: a line break', { resource: 'https://x.example/\r\nx' }, /"resource" must be /],
    ['resource: not ASCII', { resource: 'https://x.example/ö' }, /"resource" must be /],
    ['scopes: a quote', { scopes: ['a"'] }, /"scopes" must be /],
    ['scopes: a backslash', { scopes: ['a\\'] }, /"scopes" must be /],
    ['scopes: none', { scopes: [] }, /"scopes" must be .*an empty array$/],
    ['scopes: undefined', { scopes: undefined }, /"scopes" must be .*undefined$/],
    ['scopesSupported: a space', { scopesSupported: ['a b'] }, new RegExp(`not ${NO_SCOPE}$`)],
    ['scopesSupported: a quote', { scopesSupported: ['"'] }, new RegExp(`not ${NO_SCOPE}$`)],
    ['scopesSupported: a tab', { scopesSupported: ['a\t'] }, new RegExp(`not ${NO_SCOPE}$`)],
    ['scopesSupported: a string', { scopesSupported: 'a' }, /"scopesSupported" must be/],
    ['scopesSupported: none', { scopesSupported: [] }, /not an empty array$/],
    ['resourceName: empty', { resourceName: '' }, /"resourceName" must be a text on one line/],
    [
      'resourceName: two lines',
      { resourceName: 'a\nb' },
      /"resourceName" must be .*another string$/,
    ],
    ['resourceName: white space', { resourceName: ' ' }, /"resourceName" must be .*white space$/],
    ['resourceName: a line separator', { resourceName: 'a\u2028b' }, /"resourceName" must be /],
    ['resourceName: a number', { resourceName: 1 }, /"resourceName" must be .*a number$/],
    ['resourceDocumentation: a path', { resourceDocumentation: '/docs' }, /an http or https URL/],
    ['resourceDocumentation: a script', { resourceDocumentation: 'javascript:x' }, /an http or/],
    [
      'resourceDocumentation: a user',
      { resourceDocumentation: 'https://u@x.example/' },
      /an http or https URL without credentials, not a URL with credentials$/,
    ],
    [
      'resourceDocumentation: a password',
      { resourceDocumentation: new URL('https://:p@x.example/') },
      /not a URL with credentials$/,
    ],
    ['profile: session', { profile: 'session' }, /"profile" must be 'connect', or left out/],
    ...[
      'acme',
      'https://acme.example?a=b',
      'https://acme.example/#a',
      'https://acme.example/\n',
      'ftp://acme.example',
      ['https://acme.example', 'acme'],
    ].map((given): [string, object, RegExp] => [
      `issuer: ${JSON.stringify(given)} without a domain`,
      { issuer: given, authkitDomain: undefined },
      /^the option "issuer" must be an http or https URL .* not a string that is no such URL$/,
    ]),
    ['getToken', { getToken: () => '' }, /^there is no option "getToken"$/],
    ['optional', { optional: true }, /^there is no option "optional"$/],
    ['credentials', { credentials: ['bearer'] }, /^there is no option "credentials"$/],
    ['another name', { scopesSuported: [] }, /^there is no option "scopesSuported"$/],
  ])('refuses %s', (_, more, message) => {
    const error = refusalSync(() => make(more));
    expect(error).toMatchObject({ code: 'INVALID_OPTIONS', status: 500 });
    expect(error.message).toMatch(message);
  });

  it.each([undefined, null, 1, 'x', [], Promise.resolve({})])('refuses %j as options', (odd) => {
    const error = refusalSync(() => createMcpResource(odd as never));
    expect(error.code).toBe('INVALID_OPTIONS');
  });

  it.each([['!#[]~', 'a:b.c/d'], ['A'.repeat(100)]])('takes the scopes %s', (...scopes) => {
    expect(make({ scopes }).metadata.scopes_supported).toEqual(scopes);
  });

  it('is not changed by a polluted prototype', () => {
    const polluted = Object.prototype as Record<string, unknown>;
    polluted.scopesSupported = ['evil'];
    polluted.resourceName = 'evil';
    polluted.profile = 'session';
    try {
      const { profile: _, ...others } = issuer.connectOptions;
      const { metadata } = createMcpResource(others);
      expect(Object.keys(metadata)).not.toContain('scopes_supported');
      expect(Object.keys(metadata)).not.toContain('resource_name');
    } finally {
      for (const name of ['scopesSupported', 'resourceName', 'profile']) delete polluted[name];
    }
  });

  it('refuses options that are inherited', () => {
    const inherited = Object.create({ scopes: ['a'] });
    Object.assign(inherited, issuer.connectOptions);
    expect(refusalSync(() => createMcpResource(inherited)).message).toMatch(
      /"scopes" is inherited/,
    );
  });
});

// Which requests another site has sent, by what a browser says of them.
import { describe, expect, it } from 'vitest';

import { isCrossSite, type Sender } from '../../lib/adapters/cross-site.ts';

const POST: Sender = { method: 'POST', fetchSite: undefined, origin: undefined, host: 'app.test' };
const TRUSTED = ['https://admin.test', 'https://app.test:8443'];

const judge = (sender: Partial<Sender>) => isCrossSite({ ...POST, ...sender }, TRUSTED);

describe('a request that changes something', () => {
  it.each<[string, Partial<Sender>]>([
    ['from the same origin', { fetchSite: 'same-origin' }],
    ['from no page', { fetchSite: 'none' }],
    ['from a trusted origin', { fetchSite: 'cross-site', origin: 'https://admin.test' }],
    ['from a trusted origin, no Sec-Fetch-Site', { origin: 'https://admin.test' }],
    ['from an origin of the same host', { origin: 'https://app.test' }],
    ['the same in other letters', { origin: 'https://app.test', host: 'APP.test' }],
    ['with the default port named', { origin: 'https://app.test', host: 'app.test:443' }],
    ['on a port', { origin: 'http://localhost:3000', host: 'localhost:3000' }],
    ['on an IPv6 address', { origin: 'http://[::1]:3000', host: '[::1]:3000' }],
    ['with neither header', {}],
  ])("is the application's own: %s", (_, sender) => {
    expect(judge(sender)).toBe(false);
  });

  it.each<[string, Partial<Sender>]>([
    ['from another site', { fetchSite: 'cross-site' }],
    ['from another host of the site', { fetchSite: 'same-site' }],
    ['whatever the origin says', { fetchSite: 'cross-site', origin: 'https://app.test' }],
    ['with the header twice', { fetchSite: 'same-origin, cross-site' }],
    ['with an empty header', { fetchSite: '' }],
    ['in other letters', { fetchSite: 'Same-Origin' }],
    ['from another host', { origin: 'https://evil.test' }],
    ['from a host that ends so', { origin: 'https://evil-app.test' }],
    ['from a host that begins so', { origin: 'https://app.test.evil.test' }],
    ['with credentials before the host', { origin: 'https://app.test@evil.test' }],
    ['from another port', { origin: 'http://localhost:4000', host: 'localhost:3000' }],
    ['from a sandboxed page', { origin: 'null' }],
    ['from a trusted host on another port', { origin: 'https://admin.test:444' }],
    ['from a trusted host without TLS', { origin: 'http://admin.test' }],
    ['with an origin that is none', { origin: 'app.test' }],
    ['with two origins', { origin: 'https://app.test, https://evil.test' }],
    ['with an empty origin', { origin: '' }],
    ['from a file', { origin: 'file://', host: '' }],
    ['from an extension of that name', { origin: 'chrome-extension://app', host: 'app' }],
    ['without a host', { origin: 'https://app.test', host: undefined }],
    ['by a method in other letters', { method: 'get', fetchSite: 'cross-site' }],
    ["by a method of one's own", { method: 'REPORT', fetchSite: 'cross-site' }],
    ['by no method', { method: undefined, fetchSite: 'cross-site' }],
  ])("is another site's: %s", (_, sender) => {
    expect(judge(sender)).toBe(true);
  });
});

it.each(['GET', 'HEAD', 'OPTIONS'])('takes %s from anywhere', (method) => {
  expect(judge({ method, fetchSite: 'cross-site', origin: 'null' })).toBe(false);
});

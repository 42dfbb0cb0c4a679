'use strict';

const { refuse } = require('./reading.cjs');
const { readVariable } = require('./environment.cjs');
const { isLoopback } = require('./key-options.cjs');

/** As the URL parser writes addresses. */
const IS_ADDRESS = /^(\[.*\]|\d+\.\d+\.\d+\.\d+)$/;
const DEFAULT_PORTS = Object.freeze({ 'http:': '80', 'https:': '443' });

/**
 * The proxy that the environment names for a URL: HTTPS_PROXY or HTTP_PROXY, unless NO_PROXY lists
 * the host. The lower-case forms count first, as in curl. A loopback host is never proxied.
 *
 * @param {URL} url
 * @returns {string | undefined}
 */
function proxyOf(url) {
  if (isLoopback(url)) return undefined;
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = fromEnvironment(name);
  if (!proxy || isExempt(url, fromEnvironment('NO_PROXY'))) return undefined;
  return readProxy(name, proxy);
}

/** @param {string} name */
function fromEnvironment(name) {
  return readVariable(name.toLowerCase()) || readVariable(name) || '';
}

/**
 * NO_PROXY is a list of hosts, each with all hosts below it, addresses and ranges of them; `*` is every
 * host, and `:port` limits an entry to a port. A dot at the end of a name says nothing.
 *
 * @param {URL} url
 * @param {string} list
 */
function isExempt(url, list) {
  const port = url.port || DEFAULT_PORTS[/** @type {'https:'} */ (url.protocol)];
  const host = url.hostname.replace(/^\[|\]$|\.$/g, '');
  return list.split(/[\s,]+/).some((entry) => {
    const { name, only } = readEntry(entry.toLowerCase());
    if (only !== undefined && only !== port) return false;
    if (name === '*') return true;
    if (IS_ADDRESS.test(url.hostname)) return isInRange(host, name);
    return name !== '' && (host === name || host.endsWith(`.${name}`));
  });
}

/**
 * `host`, `host:port`, `10.0.0.0/8`, `[2001:db8::1]:port`, `[2001:db8::]/32`. What has more colons is an
 * IPv6 address without brackets, and has no port behind it.
 *
 * @param {string} entry
 */
function readEntry(entry) {
  const parts = /^(?:\[(.*)\](\/\d+)?|([^:]*))(?::(\d+))?$/.exec(entry);
  const [, address, prefix = '', host, only] = parts ?? [undefined, entry];
  const name = host ?? `${address}${prefix}`;
  return { name: name.replace(/^\*?\./, '').replace(/\.$/, ''), only };
}

/**
 * @param {string} address
 * @param {string} range an address, alone or with the length of a prefix
 */
function isInRange(address, range) {
  const { BlockList, isIP, isIPv6 } = process.getBuiltinModule('node:net');
  const [, network = '', prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(range) ?? [];
  if (!isIP(network)) return false;
  const bits = isIPv6(network) ? 128 : 32;
  const length = Number(prefix ?? bits);
  if (length > bits) return false;
  const list = new BlockList();
  list.addSubnet(network, length, isIPv6(network) ? 'ipv6' : 'ipv4');
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/**
 * @param {string} name
 * @param {string} text may hold a password: never shown
 */
function readProxy(name, text) {
  const allowed = 'an http or https URL';
  let url;
  try {
    url = new URL(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  } catch {
    throw refuse.kind(name, 'a string that is no URL', allowed);
  }
  if (url.protocol === 'http:' || url.protocol === 'https:') return url.href;
  throw refuse.kind(name, 'a URL of another scheme', allowed);
}

module.exports = { proxyOf };

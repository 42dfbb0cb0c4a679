'use strict';

const { refuse } = require('./reading.cjs');
const { readVariable } = require('./environment.cjs');
const { isLoopback } = require('./key-options.cjs');

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
 * NO_PROXY is a list of hosts, each with all hosts below it; `*` is every host, `:port` limits an
 * entry to a port.
 *
 * @param {URL} url
 * @param {string} list
 */
function isExempt(url, list) {
  const port = url.port || DEFAULT_PORTS[/** @type {'https:'} */ (url.protocol)];
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === '*') return true;
    // An IPv6 address without brackets has no port behind it.
    const bare = /^[^[\]]*:[^[\]]*:/.test(entry) ? `[${entry}]` : entry;
    const parts = /^(.*?)(?::(\d+))?$/.exec(bare.toLowerCase());
    const only = parts?.[2];
    const domain = (parts?.[1] ?? '').replace(/^\*?\./, '');
    if (domain === '' || (only !== undefined && only !== port)) return false;
    return url.hostname === domain || url.hostname.endsWith(`.${domain}`);
  });
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

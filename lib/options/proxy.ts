import { refuseKind } from './refuse.ts';
import { readVariable } from './environment.ts';
import { isLoopback } from './keys.ts';

/** As the URL parser writes addresses. */
const IS_ADDRESS = /^(\[.*\]|\d+\.\d+\.\d+\.\d+)$/;
const DEFAULT_PORTS: Readonly<Record<string, string>> = Object.freeze({
  'http:': '80',
  'https:': '443',
});
const ENTRY = /^(?:\[(?<address>.*)\](?<prefix>\/\d+)?|(?<host>[^:]*))(?::(?<port>\d+))?$/;
const RANGE = /^(?<network>[^/]*)(?:\/(?<prefix>\d{1,3}))?$/;

type Parts = Partial<Record<string, string>>;

/**
 * The proxy that the environment names for a URL: HTTPS_PROXY or HTTP_PROXY, unless NO_PROXY lists
 * the host. The lower-case forms count first, as in curl. A loopback host is never proxied.
 */
export function proxyOf(url: URL): string | undefined {
  if (isLoopback(url)) return undefined;
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = fromEnvironment(name);
  if (!proxy || isExempt(url, fromEnvironment('NO_PROXY'))) return undefined;
  return readProxy(name, proxy);
}

function fromEnvironment(name: string): string {
  return readVariable(name.toLowerCase()) || readVariable(name) || '';
}

/**
 * NO_PROXY is a list of hosts, each with all hosts below it, addresses and ranges of them; `*` is every
 * host, and `:port` limits an entry to a port. A dot at the end of a name says nothing.
 */
function isExempt(url: URL, list: string): boolean {
  const port = url.port || DEFAULT_PORTS[url.protocol];
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
 */
function readEntry(entry: string): { name: string; only: string | undefined } {
  const parts: Parts = ENTRY.exec(entry)?.groups ?? { address: entry };
  const name = parts.host ?? `${parts.address}${parts.prefix ?? ''}`;
  return { name: name.replace(/^\*?\./, '').replace(/\.$/, ''), only: parts.port };
}

/** The range is an address, alone or with the length of a prefix. */
function isInRange(address: string, range: string): boolean {
  const { BlockList, isIP, isIPv6 } = process.getBuiltinModule('node:net');
  const { network = '', prefix }: Parts = RANGE.exec(range)?.groups ?? {};
  if (!isIP(network)) return false;
  const bits = isIPv6(network) ? 128 : 32;
  const length = Number(prefix ?? bits);
  if (length > bits) return false;
  const list = new BlockList();
  list.addSubnet(network, length, isIPv6(network) ? 'ipv6' : 'ipv4');
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** The text may hold a password: it is never shown. */
function readProxy(name: string, text: string): string {
  const allowed = 'an http or https URL';
  let url: URL;
  try {
    url = new URL(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  } catch {
    throw refuseKind(name, 'a string that is no URL', allowed);
  }
  if (url.protocol === 'http:' || url.protocol === 'https:') return url.href;
  throw refuseKind(name, 'a URL of another scheme', allowed);
}

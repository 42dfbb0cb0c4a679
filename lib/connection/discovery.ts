// The document of an issuer, and whether it names the issuer and the JWKS URL that tokens are verified
// with: OpenID Connect Discovery 1.0, section 4, or for an AuthKit domain RFC 8414, section 3, which
// MCP clients read.

import type { WorkosConnectionError, WorkosDiscovery } from '../../index.cjs';
import { isLoopback } from '../options/keys.ts';
import type { DiscoveryRecord } from './record.ts';
import { roundedMs, shown } from './text.ts';

const OPENID = '/.well-known/openid-configuration';
const AUTHORIZATION_SERVER = '/.well-known/oauth-authorization-server';

/** A document to ask for, or why it is not asked for. */
export type Place = { url: URL } | { reason: string };

/** Where an issuer's document is. */
export function placeOf(issuer: string, jwksUrl: URL, isConnect: boolean): Place {
  const base = issuer.replace(/\/$/, '');
  const url = isConnect ? authorizationServerUrl(base) : parse(`${base}${OPENID}`);
  const isUrl = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url === undefined || !isUrl || url.username || url.password || /[?#]/.test(issuer))
    return { reason: 'the issuer is not an http or https URL that a document could be below' };
  // As for the keys: without TLS a document could be replaced on the way.
  if (url.protocol === 'http:' && jwksUrl.protocol !== 'http:' && !isLoopback(url))
    return { reason: 'the issuer is an http URL on another host' };
  // A test issuer or an emulator, whose tokens may name WorkOS: nothing leaves this machine then.
  if (isLoopback(jwksUrl) && !isLoopback(url))
    return { reason: 'the keys come from this machine and the issuer is elsewhere' };
  return { url };
}

/** RFC 8414, section 3.1: the well-known part comes before the issuer's path. */
function authorizationServerUrl(issuer: string): URL | undefined {
  const url = parse(issuer);
  if (url === undefined) return undefined;
  url.pathname = `${AUTHORIZATION_SERVER}${url.pathname === '/' ? '' : url.pathname}`;
  return url;
}

export function skipped(configuredIssuer: string, reason: string): WorkosDiscovery {
  const nothing = { issuer: null, jwksUri: null, latencyMs: null, error: null };
  return Object.freeze({ status: 'skipped', configuredIssuer, url: null, ...nothing, reason });
}

export function discoveryOf(
  { configuredIssuer, url, jwksUrl }: { configuredIssuer: string; url: URL; jwksUrl: URL },
  record: DiscoveryRecord,
): WorkosDiscovery {
  const { exchange, failure } = record;
  const reason = failure?.message ?? differenceOf(record, configuredIssuer, jwksUrl);
  return Object.freeze({
    status: statusOf(record, reason),
    configuredIssuer,
    url: url.href,
    issuer: shown(record.issuer),
    jwksUri: shown(record.jwksUri),
    latencyMs: roundedMs(exchange.latencyMs),
    error: failure && Object.freeze(failure),
    reason,
  });
}

const OTHER_ISSUER = 'it names another issuer';
const OTHER_KEYS = 'it names another JWKS URL';

function statusOf({ failure }: DiscoveryRecord, reason: string | null): WorkosDiscovery['status'] {
  if (failure !== null) return failure.status === 404 ? 'missing' : 'failed';
  if (reason === null) return 'ok';
  return reason === OTHER_ISSUER || reason === OTHER_KEYS ? 'mismatch' : 'failed';
}

/** An issuer is compared byte for byte (section 4.3), a URL as it is used. */
function differenceOf(
  { issuer, jwksUri }: DiscoveryRecord,
  configuredIssuer: string,
  jwksUrl: URL,
): string | null {
  if (issuer !== null && issuer !== configuredIssuer) return OTHER_ISSUER;
  if (jwksUri !== null && keysAt(jwksUri) !== keysAt(jwksUrl.href)) return OTHER_KEYS;
  const isWhole = issuer !== null && jwksUri !== null;
  return isWhole ? null : 'it is not a discovery document, which has an issuer and a jwks_uri';
}

function keysAt(text: string): string | undefined {
  return parse(text)?.href.replace(/#.*$/, '');
}

function parse(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

const HINTS = Object.freeze({
  issuer:
    'Tokens carry the issuer that the document names. Compare it with `issuer`: another client id, another domain, or only a slash at the end. Then correct `clientId`, `apiUrl` or `issuer`.',
  keys: "The issuer's tokens are signed with the keys at that URL. Leave `jwksUrl` out, so that it is derived from `clientId`, or set it to the document's `jwks_uri`.",
});
const CONNECT_HINTS = Object.freeze({
  issuer:
    'Tokens carry the issuer that the document names. If the environment has a custom AuthKit domain, set `authkitDomain` to it, and leave `issuer` out.',
  keys: "The domain's tokens are signed with the keys at that URL. Leave `jwksUrl` out, so that it is derived from `authkitDomain`, or set it to the document's `jwks_uri`.",
});

/** What a document that names something else means. */
export function mismatchOf(discovery: WorkosDiscovery, isConnect: boolean): WorkosConnectionError {
  const isIssuer = discovery.reason === OTHER_ISSUER;
  const hints = isConnect ? CONNECT_HINTS : HINTS;
  return Object.freeze({
    code: 'DISCOVERY_MISMATCH',
    message: `the issuer's discovery document names another ${isIssuer ? 'issuer' : 'JWKS URL'}`,
    hint: isIssuer ? hints.issuer : hints.keys,
    cause: null,
  });
}

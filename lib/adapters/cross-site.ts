// Whether another site made the browser send a request. A cookie comes along with every request to its
// site, whoever caused it: what changes something must come from the application's own pages.

/** Methods that change nothing (RFC 9110, section 9.2.1). */
const SAFE_METHODS = Object.freeze(['GET', 'HEAD', 'OPTIONS']);
/** What `Sec-Fetch-Site` says of a request from the application itself, or from no page at all. */
const OWN_SITES = Object.freeze(['same-origin', 'none']);
/** The ports that a `Host` header may leave out (RFC 9110, section 4.2). */
const DEFAULT_PORT = /:(?:80|443)$/;

/** The schemes of sites. Other origins may have an empty host, as that of a file has. */
const WEB = Object.freeze(['https:', 'http:']);

/** What is needed of a request to judge where it comes from. */
export interface Sender {
  method: string | undefined;
  /** `Sec-Fetch-Site`, which browsers set and pages can't. */
  fetchSite: string | undefined;
  origin: string | undefined;
  host: string | undefined;
}

/**
 * A browser that sends `Sec-Fetch-Site` has judged it; else the origin's host must be the one that was
 * asked. A request with neither comes from no page of a current browser.
 */
export function isCrossSite(sender: Sender, trustedOrigins: readonly string[]): boolean {
  const { method, fetchSite, origin, host } = sender;
  if (method !== undefined && SAFE_METHODS.includes(method)) return false;
  if (origin !== undefined && trustedOrigins.includes(origin)) return false;
  if (fetchSite !== undefined) return !OWN_SITES.includes(fetchSite);
  return origin !== undefined && !isOwnOrigin(origin, host);
}

/** `null`, which sandboxed pages send, is nobody's own, and so is what comes from no server. */
function isOwnOrigin(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const url = new URL(origin);
  if (!WEB.includes(url.protocol)) return false;
  return withoutPort(url.host) === withoutPort(host.toLowerCase());
}

function withoutPort(host: string): string {
  return host.replace(DEFAULT_PORT, '');
}

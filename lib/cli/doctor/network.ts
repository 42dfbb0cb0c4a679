// How requests for keys leave this machine.

import { variable } from '../../options/environment.ts';
import { proxyOf } from '../../options/proxy.ts';
import { trustRoots } from '../../trust-roots.ts';
import { count } from '../text.ts';
import { spellingsOf } from './environment.ts';
import { type Finding, findingsOf } from './finding.ts';

const { ok } = findingsOf('environment');

export interface Network {
  /** Host and port, without what may be a password. */
  readonly proxy: string | null;
  /** The variable that names it. */
  readonly proxyVariable: string | null;
  /** How many certificates are trusted. */
  readonly trustedCertificates: number;
}

/** Of the URL of the keys. Mistakes in a proxy's variable are `INVALID_OPTIONS` before this. */
export function inspectNetwork(
  jwksUrl: string,
  ca: string | readonly string[] | undefined,
): Network {
  const url = new URL(jwksUrl);
  const proxy = proxyOf(url);
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  // The lower-case form counts first.
  const variables = spellingsOf(name).reverse();
  const roots = [...trustRoots(), ...(typeof ca === 'string' ? [ca] : (ca ?? []))];
  return {
    proxy: proxy === undefined ? null : new URL(proxy).host,
    proxyVariable: proxy === undefined ? null : (variables.find((each) => variable(each)) ?? null),
    trustedCertificates: roots.join('').split('-----BEGIN CERTIFICATE-----').length - 1,
  };
}

export function networkFindings({ proxy, proxyVariable, trustedCertificates }: Network): Finding[] {
  const text = proxy === null ? 'none for this URL' : `${proxy}, from ${proxyVariable}`;
  return [
    ok('proxy', 'proxy', text),
    ok('certificates', 'certificates', `${count(trustedCertificates, 'certificate')} trusted`),
  ];
}

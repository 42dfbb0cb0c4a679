// The options of `createMcpResource`.

import { bare } from '../bare.ts';
import { hintOf } from '../causes.ts';
import { issuerOfEnvironment } from '../options/connect.ts';
import { snapshotOptions } from '../options/index.ts';
import { readRecord } from '../options/readers.ts';
import { refuse, refuseKind, refuseValue } from '../options/refuse.ts';
import { isScopeToken } from '../options/scope.ts';
import { anotherString, readStringList } from '../options/values.ts';
import { isPlainUrl } from './challenge.ts';
import { HANDED_ON } from './options.ts';

const SCOPES =
  'a non-empty array of scopes (RFC 6749, section 3.3: no spaces, quotes or backslashes)';

const ISSUER =
  'an http or https URL without query and fragment, or an array of these, unless "authkitDomain" is given';
const ISSUER_HINT =
  'Clients find their authorization server by it. If "issuer" is another text on purpose, pass the URL of the server as "authkitDomain".';

/** Something to read, and nothing that ends a line. */
const ONE_LINE = /^(?=.*\S)[^\p{Cc}\u2028\u2029]+$/u;

/** What the metadata alone needs; the others are those of the verification. */
const READERS = Object.freeze({
  scopesSupported: readScopes,
  resourceName: readName,
  resourceDocumentation: readDocumentation,
});

export interface Verification {
  readonly authkitDomain?: string;
  readonly issuer?: string | readonly string[];
  readonly resource: string;
  readonly scopes?: readonly string[];
}

export interface McpOptions {
  readonly verification: Verification;
  readonly scopesSupported: readonly string[] | undefined;
  readonly resourceName: string | undefined;
  readonly resourceDocumentation: string | undefined;
}

/** A copy: nothing that is done to the options later is seen. */
export function readMcpOptions(options: unknown): McpOptions {
  const given = readRecord('options', options ?? {}, { ...HANDED_ON, ...READERS });
  const { scopesSupported, resourceName, resourceDocumentation, ...handedOn } = given;
  const { profile, ...others }: { profile?: unknown } = bare(handedOn);
  if (profile !== undefined && profile !== 'connect')
    throw refuseKind('profile', anotherString(profile), "'connect', or left out");
  const verification = snapshotOptions({ ...others, profile: 'connect' })() as Verification;
  const { resource, scopes } = verification;
  requireResource(resource);
  return {
    verification,
    scopesSupported: scopesSupported ?? scopes,
    resourceName,
    resourceDocumentation,
  };
}

/**
 * Where clients get tokens that are accepted here. It is known to verify: an `issuer` that was given is
 * the one of the tokens, whatever domain the environment names.
 */
export function authorizationServersOf({ authkitDomain, issuer }: Verification): string[] {
  if (authkitDomain !== undefined) return [authkitDomain];
  if (issuer === undefined) return [issuerOfEnvironment()];
  const issuers = typeof issuer === 'string' ? [issuer] : issuer.slice();
  if (issuers.every(isIssuerUrl)) return issuers;
  throw refuseKind('issuer', 'a string that is no such URL', ISSUER, ISSUER_HINT);
}

/** RFC 8414, section 2. */
function isIssuerUrl(issuer: string): boolean {
  return isPlainUrl(issuer) && !/[?#]/.test(issuer);
}

/** `audience` can't stand in for it here: the metadata names it. */
function requireResource(resource: string | undefined): void {
  if (resource === undefined)
    throw refuse('the option "resource" is missing', hintOf('resource-missing'));
}

function readScopes(value: unknown): string[] {
  const option = 'scopesSupported';
  const scopes = readStringList(option, value, SCOPES);
  if (scopes.length > 0 && scopes.every(isScopeToken)) return scopes;
  throw scopes.length === 0
    ? refuseValue(option, value, SCOPES)
    : refuseKind(option, 'an array with a string that is no scope', SCOPES);
}

function readName(value: unknown): string {
  if (typeof value === 'string' && ONE_LINE.test(value) && value.isWellFormed()) return value;
  throw refuseKind('resourceName', anotherString(value), 'a text on one line');
}

function readDocumentation(value: unknown): string {
  const url = value instanceof URL ? value.href : value;
  const allowed = 'an http or https URL without credentials';
  if (!isPlainUrl(url)) throw refuseKind('resourceDocumentation', anotherString(value), allowed);
  const { username, password } = new URL(url);
  if (username === '' && password === '') return url;
  throw refuseKind('resourceDocumentation', 'a URL with credentials', allowed);
}

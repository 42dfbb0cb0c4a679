// `profile: 'connect'`: the tokens of WorkOS Connect, which come from an AuthKit domain and are made
// for a resource. Their options reach HTTP headers, so each has a grammar.

import { type CauseId, hintOf } from '../causes.ts';
import { readVariable } from './environment.ts';
import { type Fault, FAULTS_OF_TEXTS, refuseFault } from './identity.ts';
import { hasLoneSurrogate } from './kinds.ts';
import { isLoopback } from './keys.ts';
import { refuse, refuseKind, refuseValue } from './refuse.ts';
import { isScopeToken } from './scope.ts';
import { anotherString, readRestriction, readStringList } from './values.ts';

const VARIABLE = 'WORKOS_AUTHKIT_DOMAIN';
const WORKOS_API_HOST = 'api.workos.com';
const DOMAIN = 'an AuthKit domain (acme.authkit.app, or a custom one)';
const RESOURCE =
  'an absolute https URL (http on a loopback host) without credentials and fragment, in ASCII';
const SUBJECTS = "a non-empty array of 'user' and 'machine'";
const SCOPES = 'a non-empty array of scopes, each a string without white space and quotes';

/** RFC 3986, section 2: what a URI is made of, without the `#` of a fragment. */
const URI = /^(?:[\w.~:/?[\]@!$&'()*+,;=-]|%[\da-f]{2})+$/i;
/** A scheme, an authority, and a path that is empty or `/`, with or without a query. */
const EMPTY_PATH = /^(https?:\/\/[^/?]+)(\/?)(\?.*)?$/i;

const FAULTS_OF_DOMAINS: readonly Fault[] = Object.freeze([
  { text: /^\s*["'`]?sk_/, kind: 'an API key', cause: 'domain-of-other-kind' },
  {
    text: /^(client|project|org|user|session|conn)_/,
    kind: 'the id of something else',
    cause: 'domain-of-other-kind',
  },
  { text: /@/, kind: 'a domain with credentials', cause: 'domain-of-other-form' },
  { text: /[?#\\]/, kind: 'a domain with a query or fragment', cause: 'domain-of-other-form' },
]);
/** The brackets of an IPv6 address are no placeholder. */
const IPV6_URL = /^https?:\/\/\[[\da-f:.]+\](?::\d+)?\/?$/i;

export type Profile = 'session' | 'connect';
type Subject = 'user' | 'machine';

/** The options that only this profile has, and the one that names it. */
export const CONNECT_READERS = Object.freeze({
  profile: readProfile,
  authkitDomain: (value: unknown) => readAuthkitDomain('authkitDomain', value),
  resource: readResource,
  subjects: (value: unknown) =>
    readRestriction('subjects', value, SUBJECTS, readStringList).map(readSubject),
  scopes: (value: unknown) =>
    readRestriction('scopes', value, SCOPES, readStringList).map(readScope),
});

type ConnectOptions = {
  [Name in keyof typeof CONNECT_READERS]?: ReturnType<(typeof CONNECT_READERS)[Name]>;
};

/** What else is looked at here of options that were read. */
interface OtherOptions {
  audience?: string[] | null;
  issuer?: string[];
  jwks?: object;
  jwksUrl?: string;
  apiUrl?: string;
  workos?: object;
}

/** What is derived from options. */
export interface Derived {
  issuers: string[];
  audiences: string[] | null;
  /** Where the keys are, unless the options say so. */
  jwksUrl: string | undefined;
  /** The name of what the URL comes from. */
  source: string;
}

const CONNECT_ONLY = Object.freeze(['authkitDomain', 'resource', 'subjects', 'scopes'] as const);
/** They say where a session's tokens come from, and would be ignored. */
const SESSION_ONLY = Object.freeze(['apiUrl', 'workos'] as const);

/** Refuses what the profile would ignore. */
export function refuseOtherProfile(given: ConnectOptions & OtherOptions): void {
  const isConnect = given.profile === 'connect';
  const names: readonly (keyof typeof given)[] = isConnect ? SESSION_ONLY : CONNECT_ONLY;
  const misplaced = names.find((name) => given[name] !== undefined);
  if (misplaced === undefined) return;
  if (isConnect) throw refuseInConnect(misplaced);
  throw refuse(
    `the option "${misplaced}" needs "profile" with 'connect'`,
    hintOf(misplaced === 'scopes' ? 'scopes-of-session' : 'connect-option'),
  );
}

/** An option that is only about sessions. */
export function refuseInConnect(option: string): Error {
  return refuse(
    `the option "${option}" can't be combined with "profile" 'connect'`,
    hintOf('session-option'),
  );
}

/** `undefined` if the tokens of sessions are asked for. */
export function connectOf({ profile, subjects, scopes }: ConnectOptions): object | undefined {
  if (profile !== 'connect') return undefined;
  const accepts = (subject: Subject) =>
    subjects === undefined ? subject === 'user' : subjects.includes(subject);
  return { users: accepts('user'), machines: accepts('machine'), scopes };
}

/** The domain is read from the environment only if something must be derived from it. */
export function deriveConnect(given: ConnectOptions & OtherOptions): Derived {
  const hasKeys = given.jwks !== undefined || given.jwksUrl !== undefined;
  const isDerived = given.issuer === undefined || !hasKeys;
  const issuer = given.authkitDomain ?? (isDerived ? issuerOfEnvironment() : undefined);
  return {
    issuers: given.issuer ?? [issuer as string],
    audiences: audiencesOf(given),
    jwksUrl: issuer && `${issuer}/oauth2/jwks`,
    source: given.authkitDomain === undefined ? VARIABLE : '"authkitDomain"',
  };
}

function audiencesOf({ audience, resource }: ConnectOptions & OtherOptions): string[] | null {
  if (audience !== undefined) return audience;
  if (resource !== undefined) return spellings(resource);
  throw refuse('the option "resource" is missing', hintOf('resource-missing'));
}

/** RFC 3986, section 6.2.3: an empty path and `/` are the same. Nothing else is normalized. */
function spellings(resource: string): string[] {
  const parts = EMPTY_PATH.exec(resource);
  if (parts === null) return [resource];
  const slash = parts[2] === '' ? '/' : '';
  return [resource, `${parts[1]}${slash}${parts[3] ?? ''}`];
}

/** An empty variable is one that is not set. */
export function issuerOfEnvironment(): string {
  const domain = readVariable(VARIABLE);
  if (domain) return readAuthkitDomain(VARIABLE, domain);
  throw refuse(
    `the option "authkitDomain" is missing, and so is ${VARIABLE}`,
    hintOf('authkit-domain-missing'),
  );
}

function readProfile(value: unknown): Profile {
  if (value === 'session' || value === 'connect') return value;
  throw refuseKind('profile', anotherString(value), "'session' or 'connect'");
}

/** The issuer that a domain stands for. */
function readAuthkitDomain(option: string, value: unknown): string {
  if (typeof value !== 'string' || value === '' || hasLoneSurrogate(value))
    throw refuseValue(option, value, DOMAIN);
  refuseFault(FAULTS_OF_DOMAINS, option, value, DOMAIN);
  if (!IPV6_URL.test(value)) refuseFault(FAULTS_OF_TEXTS, option, value, DOMAIN);
  const text = value.includes('://') ? value : `https://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const kind = url === undefined ? 'a text of another form' : kindOfDomain(url, text);
  if (url !== undefined && kind === undefined) return url.origin;
  throw refuseKind(option, kind ?? '', DOMAIN, hintIn(option, 'domain-of-other-form'));
}

/** What is wrong with it. */
function kindOfDomain(url: URL, text: string): string | undefined {
  const loopback = isLoopback(url);
  if (!/^https?:\/\/[^/]/i.test(text)) return 'a URL of another scheme';
  if (url.protocol === 'http:' && !loopback) return 'an http URL';
  // Of the text: `new URL` would take a path such as `/..` away.
  if (/^[^/]*\/\/[^/]*\/./.test(text)) return 'a domain with a path';
  if (/^\.|\.\.|\.$/.test(url.hostname)) return 'a domain with an empty label';
  if (url.hostname === WORKOS_API_HOST) return "the host of WorkOS's API";
  return loopback || url.hostname.includes('.') ? undefined : 'a name without a dot';
}

function hintIn(option: string, cause: CauseId): string {
  return `${option === VARIABLE ? `Correct ${option} in the environment. ` : ''}${hintOf(cause)}`;
}

/** As it is written: `aud` is compared with it byte for byte. */
function readResource(value: unknown): string {
  if (typeof value !== 'string' || value === '' || hasLoneSurrogate(value))
    throw refuseValue('resource', value, RESOURCE);
  const kind = kindOfResource(value);
  if (kind === undefined) return value;
  throw refuseKind('resource', kind, RESOURCE, hintOf('resource-of-other-form'));
}

function kindOfResource(value: string): string | undefined {
  if (/\s/.test(value)) return 'a text with white space';
  if (value.includes('#')) return 'a URL with a fragment';
  if (!URI.test(value)) return 'a text with characters that a URL has not';
  if (/^client_/.test(value)) return 'a client id';
  if (!/^[a-z][a-z\d+.-]*:\/\/[^/?]/i.test(value) || !URL.canParse(value))
    return 'a string that is no absolute URL';
  const url = new URL(value);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'a URL of another scheme';
  if (url.username || url.password || /^[^/]*\/\/[^/?]*@/.test(value))
    return 'a URL with credentials';
  return url.protocol === 'http:' && !isLoopback(url) ? 'an http URL on another host' : undefined;
}

function readSubject(subject: string): Subject {
  if (subject === 'user' || subject === 'machine') return subject;
  throw refuseKind('subjects', 'an array with another string', SUBJECTS);
}

function readScope(scope: string): string {
  if (isScopeToken(scope)) return scope;
  if (/ /.test(scope.trim()))
    throw refuseKind('scopes', 'an array with several scopes in one string', SCOPES);
  throw refuseKind('scopes', 'an array with a string that is no scope', SCOPES);
}

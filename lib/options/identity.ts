// The WorkOS environment: the client id, and the address of WorkOS's API. From options, from a client
// of WorkOS's SDK, or from the variables of the environment, which people mistype.

import { type CauseId, hintOf } from '../causes.ts';
import { refuseKind, refuseValue } from './refuse.ts';
import { describe } from './kinds.ts';
import { readMember } from './readers.ts';
import { bare } from '../bare.ts';
import { readApiUrl } from './keys.ts';
import { readVariable } from './environment.ts';

const DEFAULT_API_HOST = 'api.workos.com';
const MAX_PORT = 65_535;

export interface Fault {
  text: RegExp;
  kind: string;
  cause: CauseId;
}

/** What is often filled in by mistake. */
export const FAULTS_OF_TEXTS: readonly Fault[] = Object.freeze([
  {
    text: /^\s*$/,
    kind: 'white space alone',
    cause: 'value-missing',
  },
  {
    text: /^undefined$/,
    kind: 'the word "undefined"',
    cause: 'value-undefined',
  },
  {
    text: /^null$/,
    kind: 'the word "null"',
    cause: 'value-null',
  },
  {
    text: /^\s*["'`]|["'`]\s*$/,
    kind: 'a text in quotes',
    cause: 'value-quoted',
  },
  {
    text: /\s/,
    kind: 'a text with white space',
    cause: 'value-white-space',
  },
  {
    text: /[<>{}[\]$]|\.\.\.|\u2026/,
    kind: 'a placeholder',
    cause: 'value-placeholder',
  },
]);

const FAULTS_OF_CLIENT_IDS: readonly Fault[] = Object.freeze([
  {
    text: /^\s*["'`]?sk_/,
    kind: 'an API key',
    cause: 'api-key-as-client-id',
  },
  ...FAULTS_OF_TEXTS,
  {
    text: /^(org|user|session|conn|om|invitation|directory)_|:\/\/|@/,
    kind: 'the id of something else',
    cause: 'other-id-as-client-id',
  },
  {
    // Those of WorkOS's documentation, and what people make of them.
    text: /your[_-]?(actual|app|client|id|workos)|^client[_-]?(id|\d*x{3,})$/i,
    kind: 'a placeholder',
    cause: 'client-id-placeholder',
  },
]);

const FAULTS_OF_HOSTS: readonly Fault[] = Object.freeze([
  {
    text: /^\s*["'`]?[a-z][a-z\d+.-]*:\/\//i,
    kind: 'a URL with a scheme',
    cause: 'host-with-scheme',
  },
  {
    text: /@/,
    kind: 'a host with credentials',
    cause: 'host-with-credentials',
  },
  {
    text: /[/\\]/,
    kind: 'a host with a path',
    cause: 'host-with-path',
  },
  {
    text: /[?#]/,
    kind: 'a host with a query or fragment',
    cause: 'host-with-query',
  },
  {
    text: /^[^:]+:\d*$|\]:\d*$/,
    kind: 'a host with a port',
    cause: 'host-with-port',
  },
]);

export function readClientId(value: unknown, option = 'clientId'): string {
  const allowed = 'a WorkOS client id (client_...)';
  if (typeof value !== 'string' || value === '') throw refuseValue(option, value, allowed);
  refuseFault(FAULTS_OF_CLIENT_IDS, option, value, allowed);
  if (/^\w[\w.~-]{0,127}$/.test(value)) return value;
  const kind = describe(value);
  throw refuseKind(option, kind === 'a string' ? 'a string of another form' : kind, allowed);
}

/**
 * WorkOS's own API answers for no other client ids, and each token would end in a 404. An emulator may
 * have others.
 */
export function refuseForeignClientId(clientId: string, isVariable: boolean): void {
  if (/^(client|project)_/.test(clientId)) return;
  throw refuseKind(
    isVariable ? 'WORKOS_CLIENT_ID' : 'clientId',
    'a string that does not begin with client_',
    'a WorkOS client id (client_...)',
    hintOf('client-id-of-other-form'),
  );
}

/** The class has getters, so these two are read from the client as it is, not as own properties. */
export function readWorkos(value: unknown): { clientId: string | undefined; baseURL: string } {
  const allowed = 'a client of @workos-inc/node';
  if (typeof value !== 'object' || value === null) throw refuseValue('workos', value, allowed);
  const clientId = readMember('workos.clientId', value, 'clientId', { inherited: true });
  const baseURL = readMember('workos.baseURL', value, 'baseURL', { inherited: true });
  if (baseURL === undefined) throw refuseValue('workos', value, `${allowed}, which has a baseURL`);
  const isAbsent = clientId == null || clientId === '';
  return bare({
    clientId: isAbsent ? undefined : readClientId(clientId, 'workos.clientId'),
    baseURL: readApiUrl('workos.baseURL', baseURL),
  });
}

/** An empty variable is one that is not set. */
export function clientIdOfEnvironment(): string | undefined {
  const clientId = readVariable('WORKOS_CLIENT_ID');
  return clientId ? readClientId(clientId, 'WORKOS_CLIENT_ID') : undefined;
}

/** `undefined` if none of the variables is set. */
export function apiUrlOfEnvironment(): string | undefined {
  const host = readVariable('WORKOS_API_HOSTNAME');
  const port = readVariable('WORKOS_API_PORT');
  const https = readVariable('WORKOS_API_HTTPS');
  if (!host && !port && !https) return undefined;
  const scheme = https && !readHttps(https) ? 'http' : 'https';
  const authority = `${host ? readHost(host) : DEFAULT_API_HOST}${port ? `:${readPort(port)}` : ''}`;
  return readApiUrl('WORKOS_API_HOSTNAME', `${scheme}://${authority}`);
}

function readHost(host: string): string {
  const allowed = 'a bare host name';
  refuseFault(FAULTS_OF_HOSTS, 'WORKOS_API_HOSTNAME', host, allowed);
  // The only brackets that a host has are those of an IPv6 address.
  if (/^\[[\da-f:.]+\]$/i.test(host)) return host;
  refuseFault(FAULTS_OF_TEXTS, 'WORKOS_API_HOSTNAME', host, allowed);
  const isName = /^[\p{L}\p{M}\p{N}_.-]+$/u.test(host);
  const hasEmptyLabel = /^\.|\.\./.test(host);
  if (isName && !hasEmptyLabel && URL.canParse(`https://${host}`)) return host;
  const kind = host.includes(':') ? 'an IPv6 address without brackets' : 'a text of another form';
  throw refuseKind('WORKOS_API_HOSTNAME', kind, allowed);
}

function readPort(port: string): string {
  const allowed = `a port from 1 to ${MAX_PORT}, in digits`;
  refuseFault(FAULTS_OF_TEXTS, 'WORKOS_API_PORT', port, allowed);
  if (!/^\d+$/.test(port)) throw refuseKind('WORKOS_API_PORT', 'another text', allowed);
  if (Number(port) >= 1 && Number(port) <= MAX_PORT) return port;
  throw refuseKind('WORKOS_API_PORT', 'a number out of range', allowed);
}

function readHttps(https: string): boolean {
  if (https === 'true' || https === 'false') return https === 'true';
  const allowed = '"true" or "false", in lower case';
  refuseFault(FAULTS_OF_TEXTS, 'WORKOS_API_HTTPS', https, allowed);
  throw refuseKind('WORKOS_API_HTTPS', 'another text', allowed);
}

export function refuseFault(
  faults: readonly Fault[],
  option: string,
  value: string,
  allowed: string,
): void {
  const fault = faults.find(({ text }) => text.test(value));
  if (fault === undefined) return;
  const isVariable = option.startsWith('WORKOS_');
  const hint = hintOf(fault.cause);
  const where = isVariable ? `Correct ${option} in the environment. ` : '';
  throw refuseKind(option, fault.kind, allowed, where + hint);
}

'use strict';

// Which WorkOS environment: the client id, and where WorkOS's API is. From options, from a client of
// WorkOS's SDK, or from the environment, whose variables are texts that people mistype.

const { readMember, refuse, describe } = require('./reading.cjs');
const { readApiUrl } = require('./key-options.cjs');
const { readVariable } = require('./environment.cjs');

const DEFAULT_API_HOST = 'api.workos.com';
const MAX_PORT = 65_535;

/** @typedef {{ text: RegExp, kind: string, hint: string }} Fault */

/**
 * What texts become that were filled in wrongly.
 *
 * @type {readonly Fault[]}
 */
const FAULTS_OF_TEXTS = Object.freeze([
  {
    text: /^\s*$/,
    kind: 'white space alone',
    hint: 'Check where the value comes from.',
  },
  {
    text: /^undefined$/,
    kind: 'the word "undefined"',
    hint: 'A value that was not set has been written into a text. Check where it comes from.',
  },
  {
    text: /^null$/,
    kind: 'the word "null"',
    hint: 'A value that is null has been written into a text. Check where it comes from.',
  },
  {
    text: /^\s*["'`]|["'`]\s*$/,
    kind: 'a text in quotes',
    hint: 'Remove the quotes: not every tool that sets variables takes them off.',
  },
  {
    text: /\s/,
    kind: 'a text with white space',
    hint: 'Remove the space or line break, which is often at the end.',
  },
  {
    text: /[<>{}[\]$]|\.\.\.|…/,
    kind: 'a placeholder',
    hint: 'Replace the placeholder with the value itself.',
  },
]);

/** @type {readonly Fault[]} */
const FAULTS_OF_CLIENT_IDS = Object.freeze([
  {
    text: /^\s*["'`]?sk_/,
    kind: 'an API key',
    hint: 'An API key is a secret and plays no part in verifying tokens: take it out, and put the client id there.',
  },
  ...FAULTS_OF_TEXTS,
  {
    // Those of WorkOS's documentation, and what people make of them.
    text: /your[_-]?(actual|app|client|id|workos)|^client[_-]?(id|x{3,})$/i,
    kind: 'a placeholder',
    hint: 'Replace the placeholder with the client id from the WorkOS dashboard.',
  },
]);

/** @type {readonly Fault[]} */
const FAULTS_OF_HOSTS = Object.freeze([
  {
    text: /^\s*["'`]?[a-z][a-z\d+.-]*:\/\//i,
    kind: 'a URL with a scheme',
    hint: 'Leave the scheme out; WORKOS_API_HTTPS set to "false" stands for http.',
  },
  {
    text: /@/,
    kind: 'a host with credentials',
    hint: 'Leave the user name and the password out.',
  },
  {
    text: /[/\\]/,
    kind: 'a host with a path',
    hint: 'Leave out everything from the slash on.',
  },
  {
    text: /[?#]/,
    kind: 'a host with a query or fragment',
    hint: 'Leave out everything from "?" or "#" on.',
  },
  {
    text: /^[^:]+:\d*$|\]:\d*$/,
    kind: 'a host with a port',
    hint: 'Set the port in WORKOS_API_PORT.',
  },
]);

/**
 * @param {any} value
 * @param {string} option
 */
function readClientId(value, option = 'clientId') {
  const allowed = 'a WorkOS client id (client_...)';
  if (typeof value !== 'string' || value === '') throw refuse.value(option, value, allowed);
  refuseFault(FAULTS_OF_CLIENT_IDS, option, value, allowed);
  if (/^\w[\w.~-]{0,127}$/.test(value)) return value;
  const kind = describe(value);
  throw refuse.kind(option, kind === 'a string' ? 'a string of another form' : kind, allowed);
}

/**
 * The class has getters, so these two are read from the client as it is, not as own properties.
 *
 * @param {any} value
 */
function readWorkos(value) {
  const allowed = 'a client of @workos-inc/node';
  if (typeof value !== 'object' || value === null) throw refuse.value('workos', value, allowed);
  const clientId = readMember('workos.clientId', value, 'clientId', { inherited: true });
  const baseURL = readMember('workos.baseURL', value, 'baseURL', { inherited: true });
  if (baseURL === undefined) throw refuse.value('workos', value, `${allowed}, which has a baseURL`);
  return {
    __proto__: null,
    clientId:
      clientId == null || clientId === '' ? undefined : readClientId(clientId, 'workos.clientId'),
    baseURL: readApiUrl('workos.baseURL', baseURL),
  };
}

/** An empty variable is one that is not set. */
function clientIdOfEnvironment() {
  const clientId = readVariable('WORKOS_CLIENT_ID');
  return clientId ? readClientId(clientId, 'WORKOS_CLIENT_ID') : undefined;
}

/** `undefined` where none of the variables is set. */
function apiUrlOfEnvironment() {
  const host = readVariable('WORKOS_API_HOSTNAME');
  const port = readVariable('WORKOS_API_PORT');
  const https = readVariable('WORKOS_API_HTTPS');
  if (!host && !port && !https) return undefined;
  const scheme = https && !readHttps(https) ? 'http' : 'https';
  const authority = `${host ? readHost(host) : DEFAULT_API_HOST}${port ? `:${readPort(port)}` : ''}`;
  return readApiUrl('WORKOS_API_HOSTNAME', `${scheme}://${authority}`);
}

/** @param {string} host */
function readHost(host) {
  const allowed = 'a bare host name';
  refuseFault(FAULTS_OF_HOSTS, 'WORKOS_API_HOSTNAME', host, allowed);
  // The only brackets that a host has are those of an IPv6 address.
  if (/^\[[\da-f:.]+\]$/i.test(host)) return host;
  refuseFault(FAULTS_OF_TEXTS, 'WORKOS_API_HOSTNAME', host, allowed);
  const isName = /^[\p{L}\p{M}\p{N}_.-]+$/u.test(host);
  const hasEmptyLabel = /^\.|\.\./.test(host);
  if (isName && !hasEmptyLabel && URL.canParse(`https://${host}`)) return host;
  const kind = host.includes(':') ? 'an IPv6 address without brackets' : 'a text of another form';
  throw refuse.kind('WORKOS_API_HOSTNAME', kind, allowed);
}

/** @param {string} port */
function readPort(port) {
  const allowed = `a port from 1 to ${MAX_PORT}, in digits`;
  refuseFault(FAULTS_OF_TEXTS, 'WORKOS_API_PORT', port, allowed);
  if (!/^\d+$/.test(port)) throw refuse.kind('WORKOS_API_PORT', 'another text', allowed);
  if (Number(port) >= 1 && Number(port) <= MAX_PORT) return port;
  throw refuse.kind('WORKOS_API_PORT', 'a number out of range', allowed);
}

/** @param {string} https */
function readHttps(https) {
  if (https === 'true' || https === 'false') return https === 'true';
  const allowed = '"true" or "false", in small letters';
  refuseFault(FAULTS_OF_TEXTS, 'WORKOS_API_HTTPS', https, allowed);
  throw refuse.kind('WORKOS_API_HTTPS', 'another text', allowed);
}

/**
 * @param {readonly Fault[]} faults
 * @param {string} option
 * @param {string} value
 * @param {string} allowed
 */
function refuseFault(faults, option, value, allowed) {
  const fault = faults.find(({ text }) => text.test(value));
  if (fault === undefined) return;
  const isVariable = option.startsWith('WORKOS_');
  const hint = isVariable ? `Correct ${option} in the environment. ${fault.hint}` : fault.hint;
  throw refuse.kind(option, fault.kind, allowed, hint);
}

module.exports = { readClientId, readWorkos, clientIdOfEnvironment, apiUrlOfEnvironment };

// The variables that play a part. Their values may be secrets, and are not shown.

import { variable } from '../../options/environment.ts';
import { passwordFindings } from './cookie-password.ts';
import { type Finding, findingsOf } from './finding.ts';

const { readFileSync } = process.getBuiltinModule('node:fs');

const { ok, note, warn } = findingsOf('environment');

const CLIENT_ID = 'WORKOS_CLIENT_ID';
const AUTHKIT_DOMAIN = 'WORKOS_AUTHKIT_DOMAIN';
const NAMES: readonly string[] = [
  CLIENT_ID,
  AUTHKIT_DOMAIN,
  'WORKOS_API_HOSTNAME',
  'WORKOS_API_PORT',
  'WORKOS_API_HTTPS',
  'WORKOS_API_KEY',
  'WORKOS_TOKEN',
  'WORKOS_COOKIE_PASSWORD',
  'WORKOS_COOKIE_NAME',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NODE_OPTIONS',
  'NODE_ENV',
];
/** What is shown: anything else in its place may be a secret. */
const IS_CLIENT_ID = /^client_[A-Za-z0-9]{1,64}$/;

export interface Variable {
  readonly name: string;
  readonly isSet: boolean;
  /** Of a client id alone. */
  readonly value: string | null;
}

export function inspectVariables(): Variable[] {
  return NAMES.flatMap((name) => (name.endsWith('_PROXY') ? spellingsOf(name) : [name])).map(
    inspect,
  );
}

/** The names that a variable of proxies can have; on Windows, names that differ by case are one. */
export function spellingsOf(name: string, system: string = process.platform): string[] {
  return system === 'win32' ? [name] : [name, name.toLowerCase()];
}

function inspect(name: string): Variable {
  const value = variable(name);
  const isShown = name === CLIENT_ID && value !== undefined && IS_CLIENT_ID.test(value);
  return { name, isSet: value !== undefined, value: isShown ? value : null };
}

/** The variable that issuer and key URL derive from has a finding of its own. */
export function environmentFindings(
  variables: readonly Variable[],
  { isConnect }: { readonly isConnect: boolean },
): Finding[] {
  const main = isConnect ? AUTHKIT_DOMAIN : CLIENT_ID;
  const given = variables.find(({ name }) => name === main);
  const others = variables.filter(({ name, isSet }) => isSet && name !== main);
  const names = others.map(({ name }) => name).join(', ');
  return [
    isConnect ? domainFinding(given) : clientIdFinding(given),
    ...(names === '' ? [] : [note('variables', 'also set', names)]),
    ...passwordFindings(variable('WORKOS_COOKIE_PASSWORD')),
    ...mistakes(),
  ];
}

/** Whether it is right is for the connection to say. */
function clientIdFinding(given: Variable | undefined): Finding {
  const value = given?.isSet ? (given.value ?? 'set, but not to client_...') : 'not set';
  const level = given?.isSet && given.value === null ? warn : given?.isSet ? ok : note;
  const step = 'Set WORKOS_CLIENT_ID to the client id from the WorkOS dashboard (client_...).';
  return level('client-id-variable', CLIENT_ID, value, level === warn ? step : null);
}

/** One that is wrong is a failure already: the options can't be derived from it. */
function domainFinding(given: Variable | undefined): Finding {
  const [level, value] = given?.isSet ? ([ok, 'set'] as const) : ([note, 'not set'] as const);
  return level('authkit-domain-variable', AUTHKIT_DOMAIN, value);
}

function mistakes(): Finding[] {
  const findings: Finding[] = [];
  if (variable('NODE_TLS_REJECT_UNAUTHORIZED') === '0')
    findings.push(
      warn(
        'tls-verification-off',
        'TLS',
        'NODE_TLS_REJECT_UNAUTHORIZED is 0, which switches off certificate checks in Node, and has no effect on fetching keys',
        'Unset NODE_TLS_REJECT_UNAUTHORIZED, and put the missing certificate into NODE_EXTRA_CA_CERTS.',
      ),
    );
  if (isSet('ALL_PROXY') && !isSet('HTTPS_PROXY'))
    findings.push(
      warn(
        'all-proxy',
        'ALL_PROXY',
        'is set, and is not used',
        'Set HTTPS_PROXY to the proxy for fetching keys.',
      ),
    );
  return [...findings, ...extraCertificates()];
}

function isSet(name: string): boolean {
  return Boolean(variable(name) || variable(name.toLowerCase()));
}

/** Node says nothing of a file without certificates. */
function extraCertificates(): Finding[] {
  const file = variable('NODE_EXTRA_CA_CERTS');
  if (!file) return [];
  const name = 'NODE_EXTRA_CA_CERTS';
  const step = `Set ${name} to a file of PEM certificates, each of which begins with -----BEGIN CERTIFICATE-----.`;
  try {
    const text = readFileSync(file, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return [];
    return [warn('extra-certificates', name, 'its file holds no certificate', step)];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return [warn('extra-certificates', name, `its file can't be read (${code})`, step)];
  }
}

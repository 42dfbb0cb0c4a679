import type { Binding } from './binding.d.ts';
import { variable } from './options/environment.ts';

/** Where OpenSSL looks, by who has built Node: its own releases, Fedora, Debian. */
const OPENSSL_FOLDERS = Object.freeze(['/etc/ssl', '/etc/pki/tls', '/usr/lib/ssl']);
/** By their subject's hash, as `openssl rehash` names them; OpenSSL reads no others in a folder. */
const HASHED = /^[\da-f]{8}\.\d+$/;
/** What passes: a file that fails so is there, and is read with the next call. */
const TEMPORARY = Object.freeze(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EINTR', 'EIO']);

/** Hands over the certificates that Node itself trusts, once per process. */
export function handOverTrustRoots(binding: Binding): void {
  if (binding.wantsTrustRoots() !== null) handOver(binding);
}

/**
 * The same if a request waits for them, or was refused them. Called after all that can have started one,
 * even behind a token whose key is there: reading them takes some milliseconds, in which the request
 * connects, and it waits for them before it speaks TLS. Says whether no call need ask again.
 */
export function handOverWantedRoots(binding: Binding): boolean {
  const areWanted = binding.wantsTrustRoots();
  if (areWanted === true) handOver(binding);
  return areWanted === null;
}

/**
 * If they can't be read now, for lack of descriptors, the next request has them read: the one that waits
 * fails with a cause that says so, rather than with half of the trust.
 */
function handOver(binding: Binding): void {
  let roots: string[];
  try {
    roots = trustRoots();
  } catch {
    binding.missTrustRoots();
    return;
  }
  binding.setTrustRoots(roots);
}

/** In PEM, each or several in a text. Throws if a file can't be read for now. */
export function trustRoots(): string[] {
  const tls = process.getBuiltinModule('node:tls');
  // @ts-expect-error: the types are those of Node 20, which lacks the function.
  const { getCACertificates } = tls;
  if (typeof getCACertificates !== 'function') {
    const own = usesOpenssl() ? opensslRoots() : [];
    return tls.rootCertificates.concat(extraRoots(), own);
  }
  const roots = getCACertificates('default');
  const file = variable('NODE_EXTRA_CA_CERTS');
  const extra = file || usesOpenssl() ? getCACertificates('extra') : [];
  // Node reads the file once, and takes a failure for an empty file from then on.
  const missed = file && extra.length === 0 ? extraRoots() : [];
  const hasNoStore = isOpensslLeftOut(roots, extra);
  const own = hasNoStore ? tls.rootCertificates.concat(opensslRoots()) : [];
  return roots.concat(missed, own);
}

/**
 * Node leaves out what OpenSSL trusts (nodejs/node issue 64258). An array that the program has set by
 * `tls.setDefaultCACertificates` is what it wants.
 */
function isOpensslLeftOut(roots: string[], extra: string[]): boolean {
  return roots.length === 0 || (usesOpenssl() && roots.every((root) => extra.includes(root)));
}

/** By a flag, or as Node was built. */
function usesOpenssl(): boolean {
  const flag = '--use-openssl-ca';
  if (process.execArgv.includes(flag)) return true;
  if ((variable('NODE_OPTIONS') ?? '').split(/\s+/).includes(flag)) return true;
  const config: { target_defaults?: { defines?: unknown } } | undefined = process.config;
  const built = config?.target_defaults?.defines;
  return Array.isArray(built) && built.includes('NODE_OPENSSL_CERT_STORE');
}

function extraRoots(): string[] {
  return readRoots(variable('NODE_EXTRA_CA_CERTS') ?? '');
}

/** OpenSSL's file and its folders. */
function opensslRoots(): string[] {
  const path = process.getBuiltinModule('node:path');
  const file = variable('SSL_CERT_FILE');
  const folder = variable('SSL_CERT_DIR');
  const files =
    file === undefined ? OPENSSL_FOLDERS.map((name) => path.join(name, 'cert.pem')) : [file];
  const folders =
    folder === undefined
      ? OPENSSL_FOLDERS.map((name) => path.join(name, 'certs'))
      : folder.split(path.delimiter);
  return files.concat(folders.flatMap(hashedFiles)).flatMap(readRoots);
}

function hashedFiles(folder: string): string[] {
  const { readdirSync } = process.getBuiltinModule('node:fs');
  const { join } = process.getBuiltinModule('node:path');
  const names = folder === '' ? [] : unlessMissing(() => readdirSync(folder));
  return names.filter((name) => HASHED.test(name)).map((name) => join(folder, name));
}

function readRoots(file: string): string[] {
  const { readFileSync } = process.getBuiltinModule('node:fs');
  return file === '' ? [] : unlessMissing(() => [readFileSync(file, 'utf8')]);
}

/** A file that is missing or can't be read is passed over, as Node and OpenSSL do. */
function unlessMissing(read: () => string[]): string[] {
  try {
    return read();
  } catch (error) {
    if (TEMPORARY.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return [];
  }
}

import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import forge from 'node-forge';

/** A certificate and the key to it, in PEM. */
export interface Identity {
  readonly key: string;
  /** With the certificates between it and the root, if there are any. */
  readonly cert: string;
}

export interface CertificateOptions {
  /** What it is for; addresses too. */
  names?: readonly string[];
  /** Seconds from now, negative for the past. */
  validFrom?: number;
  validUntil?: number;
  /** The name in the subject, which says nothing of what it is for (RFC 9525, section 2). */
  commonName?: string;
  usage?: 'serverAuth' | 'clientAuth';
  /** Marked as an authority, as `openssl req -x509` does. */
  isAuthority?: boolean;
  /** Another key than the usual one, of any kind. */
  keys?: KeyPair;
  /** What the authority signs; SHA-256 if nothing is said. */
  digest?: 'sha1' | 'sha512';
}

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export interface SelfSignedOptions extends CertificateOptions {
  /** What its key is for; left out, nothing is said of that. */
  keyUsage?: readonly ('digitalSignature' | 'keyCertSign')[];
}

export interface Authority {
  /** The root, in PEM. */
  readonly pem: string;
  issue(options?: CertificateOptions): Identity;
  /** An authority that this one has signed, and whose certificates come with its own. */
  intermediate(): Authority;
}

const HOUR = 3_600;
/** Making a key takes long, and none of the tests is about which certificate has which. */
const LEAF_KEY = newKey();

/** A certificate authority that nobody knows. */
export function createAuthority(
  name = 'Test Authority',
  validity: { validFrom?: number; validUntil?: number } = {},
): Authority {
  const key = newKey();
  const parties = { subject: name, issuer: name, key, signer: key };
  const pem = signed({ ...validity, ...parties, extensions: authority() });
  return authorityOf(name, key, pem, '');
}

/** One that issues certificates though these extensions of its own, or the lack of them, forbid it. */
export function unfitAuthority(extensions: object[], issuer = 'Unfit'): Authority {
  const key = newKey();
  const parties = { subject: 'Unfit', issuer, key, signer: key };
  return authorityOf('Unfit', key, signed({ ...parties, extensions }), '');
}

/** A certificate signed with its own key. */
export function selfSigned(options: SelfSignedOptions = {}): Identity {
  const { names = ['localhost'], commonName = 'self', usage, ...others } = options;
  const { isAuthority, keyUsage, ...validity } = others;
  const parties = { subject: commonName, issuer: commonName, key: LEAF_KEY, signer: LEAF_KEY };
  const extensions = [
    ...leaf(names, usage),
    ...marked(isAuthority),
    ...(keyUsage ? [usageOf(keyUsage)] : []),
  ];
  return { key: LEAF_KEY.pem, cert: signed({ ...validity, ...parties, extensions }) };
}

function marked(isAuthority = false): object[] {
  return isAuthority ? [{ name: 'basicConstraints', cA: true, critical: true }] : [];
}

function usageOf(names: readonly string[]): object {
  const flags = Object.fromEntries(names.map((name) => [name, true]));
  return { name: 'keyUsage', critical: true, ...flags };
}

function authorityOf(name: string, key: Key, pem: string, chain: string): Authority {
  return {
    pem,
    issue(options = {}) {
      const { names = ['localhost', '127.0.0.1'], commonName = 'leaf', ...others } = options;
      const { usage, isAuthority, keys, ...rest } = others;
      const parties = { subject: commonName, issuer: name, key: LEAF_KEY, signer: key };
      const extensions = [...leaf(names, usage), ...marked(isAuthority)];
      const cert = signed({ ...rest, ...parties, extensions, publicKey: keys?.publicKey });
      const pem = keys?.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      return { key: pem ?? LEAF_KEY.pem, cert: cert + chain };
    },
    intermediate() {
      const subject = `${name}, intermediate`;
      const parties = { subject, issuer: name, key: newKey(), signer: key };
      const cert = signed({ ...parties, extensions: authority() });
      return authorityOf(subject, parties.key, cert, cert + chain);
    },
  };
}

interface Key {
  readonly pem: string;
  readonly private: forge.pki.rsa.PrivateKey;
  readonly public: forge.pki.rsa.PublicKey;
}

/** Made by OpenSSL: in JavaScript it would take seconds. */
function newKey(): Key {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return {
    pem: privateKey,
    private: forge.pki.privateKeyFromPem(privateKey),
    public: forge.pki.publicKeyFromPem(publicKey),
  };
}

interface ToSign {
  readonly validFrom?: number;
  readonly validUntil?: number;
  readonly subject: string;
  readonly issuer: string;
  readonly key: Key;
  readonly signer: Key;
  readonly extensions: object[];
  readonly publicKey?: KeyObject | undefined;
  readonly digest?: 'sha1' | 'sha512';
}

function signed({ subject, issuer, key, signer, extensions, ...others }: ToSign): string {
  const { validFrom = -HOUR, validUntil = HOUR, publicKey, digest = 'sha256' } = others;
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = key.public;
  // Positive, and without a leading zero (RFC 5280, section 4.1.2.2).
  certificate.serialNumber = `01${randomBytes(8).toString('hex')}`;
  certificate.validity.notBefore = new Date(Date.now() + validFrom * 1_000);
  certificate.validity.notAfter = new Date(Date.now() + validUntil * 1_000);
  certificate.setSubject([{ name: 'commonName', value: subject }]);
  certificate.setIssuer([{ name: 'commonName', value: issuer }]);
  certificate.setExtensions(extensions);
  certificate.sign(signer.private, forge.md[digest].create());
  const text = publicKey
    ? withKey(certificate, publicKey, signer)
    : forge.pki.certificateToPem(certificate);
  return text.replaceAll('\r', '');
}

/** The same with a public key of a kind that the library does not know, signed anew. */
function withKey(certificate: forge.pki.Certificate, publicKey: KeyObject, signer: Key): string {
  const whole = forge.pki.certificateToAsn1(certificate);
  const [content, , signature] = whole.value as [forge.asn1.Asn1, unknown, forge.asn1.Asn1];
  const fields = content.value as forge.asn1.Asn1[];
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('latin1');
  // Of version 3: after version, serial number, algorithm, issuer, validity and subject.
  fields[6] = forge.asn1.fromDer(spki);
  const digest = forge.md.sha256.create();
  digest.update(forge.asn1.toDer(content).getBytes());
  signature.value = `\0${signer.private.sign(digest)}`;
  const body = Buffer.from(forge.asn1.toDer(whole).getBytes(), 'latin1').toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${body.replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

function authority(): object[] {
  return [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ];
}

function leaf(names: readonly string[], usage = 'serverAuth'): object[] {
  const altNames = names.map((name) =>
    isIP(name) !== 0 ? { type: 7, ip: name } : { type: 2, value: name },
  );
  const extensions = [{ name: 'extKeyUsage', [usage]: true }];
  return altNames.length === 0 ? extensions : [{ name: 'subjectAltName', altNames }, ...extensions];
}

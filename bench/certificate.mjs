// @ts-nocheck: written without types.
// A certificate for localhost and the authority that issued it, for the key server over TLS.
import { generateKeyPairSync } from 'node:crypto';
import forge from 'node-forge';

/** Longer than any run takes. */
const LIFETIME_MS = 24 * 3_600_000;

/** In PEM. */
export function certify() {
  const authority = newKey();
  const server = newKey();
  const issuer = [{ name: 'commonName', value: 'Benchmark' }];
  const subject = [{ name: 'commonName', value: 'localhost' }];
  const root = certificate({ subject: issuer, issuer, key: authority, signer: authority }, [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, critical: true },
  ]);
  const cert = certificate({ subject, issuer, key: server, signer: authority }, [
    { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    { name: 'extKeyUsage', serverAuth: true },
  ]);
  return { authority: root, cert, key: server.privateKey };
}

/** Made by OpenSSL: in JavaScript it would take seconds. */
function newKey() {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}

function certificate({ subject, issuer, key, signer }, extensions) {
  const made = forge.pki.createCertificate();
  made.publicKey = forge.pki.publicKeyFromPem(key.publicKey);
  made.serialNumber = '01';
  made.validity.notBefore = new Date(Date.now() - LIFETIME_MS);
  made.validity.notAfter = new Date(Date.now() + LIFETIME_MS);
  made.setSubject(subject);
  made.setIssuer(issuer);
  made.setExtensions(extensions);
  made.sign(forge.pki.privateKeyFromPem(signer.privateKey), forge.md.sha256.create());
  return forge.pki.certificateToPem(made);
}

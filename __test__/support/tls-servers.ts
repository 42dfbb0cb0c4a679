// Servers that speak TLS, each in its own way, and what comes of them: here, and in Node's `https`.
import { constants, generateKeyPairSync } from 'node:crypto';
import { createSecureContext, type TlsOptions } from 'node:tls';
import { createAuthority, type Identity, type KeyPair } from './authority.js';

export interface TlsServer {
  readonly name: string;
  readonly options: TlsOptions;
  /** The keys, or the cause for which there are none. */
  readonly outcome: string | RegExp;
  /** Why Node decides otherwise; left out where both read the keys, or neither does. */
  readonly unlikeNode?: string;
  /** Node does so in some of its versions, or of OpenSSL's, alone. */
  readonly inSomeVersions?: boolean;
}

type Extra = Pick<TlsServer, 'unlikeNode' | 'inSomeVersions'>;

export const authority = createAuthority();
const identity = authority.issue();

const FORWARD_SECRECY = 'a key that leaks later must not open what was said before';
const WEAK = 'a key of 1,024 bits can be broken';
const FEW_GROUPS = 'the group is rare, and every server that has it has another';
const inSomeVersions = (unlikeNode: string): Extra => ({ unlikeNode, inSomeVersions: true });

const row = (
  name: string,
  options: TlsOptions,
  outcome: string | RegExp = 'keys',
  extra: Extra = {},
): TlsServer => ({
  name,
  options: { ...identity, ...options },
  outcome,
  ...extra,
});

export function tlsServers(): TlsServer[] {
  return [...versions(), ...suites(), ...groups(), ...demands(), ...certificates(), ...chains()];
}

/** OpenSSL's own floor, below which even a server that wants to can't speak. */
const OLD = 'DEFAULT@SECLEVEL=0';

function versions(): TlsServer[] {
  const alone = (version: NonNullable<TlsOptions['minVersion']>): TlsOptions => ({
    minVersion: version,
    maxVersion: version,
    ...(version < 'TLSv1.2' && { ciphers: OLD }),
  });
  return [
    row('TLS 1.3 alone', alone('TLSv1.3')),
    row('TLS 1.2 alone', alone('TLSv1.2')),
    row('TLS 1.1 alone', alone('TLSv1.1'), 'TLS'),
    row('TLS 1.0 alone', alone('TLSv1'), 'TLS'),
  ];
}

function suites(): TlsServer[] {
  const of13 = (ciphers: string): TlsOptions => ({ ciphers, minVersion: 'TLSv1.3' });
  const of12 = (ciphers: string): TlsOptions => ({ ciphers, maxVersion: 'TLSv1.2' });
  return [
    row('AES-128 in TLS 1.3', of13('TLS_AES_128_GCM_SHA256')),
    row('AES-256 in TLS 1.3', of13('TLS_AES_256_GCM_SHA384')),
    row('ChaCha20 in TLS 1.3', of13('TLS_CHACHA20_POLY1305_SHA256')),
    row('AES-128 in TLS 1.2', of12('ECDHE-RSA-AES128-GCM-SHA256')),
    row('AES-256 in TLS 1.2', of12('ECDHE-RSA-AES256-GCM-SHA384')),
    row('ChaCha20 in TLS 1.2', of12('ECDHE-RSA-CHACHA20-POLY1305')),
    row('CBC alone', of12('ECDHE-RSA-AES128-SHA'), 'TLS', {
      unlikeNode: 'padding under a MAC has been read by Lucky Thirteen and its heirs',
    }),
    row('a key exchange by RSA alone', of12('AES128-GCM-SHA256'), 'TLS', {
      unlikeNode: FORWARD_SECRECY,
    }),
    row(
      'Diffie-Hellman over a prime alone',
      { ...of12('DHE-RSA-AES128-GCM-SHA256'), dhparam: 'auto' },
      'TLS',
      { unlikeNode: 'nothing tells a client that the prime is a good one: RFC 9325, section 4.2' },
    ),
  ];
}

function groups(): TlsServer[] {
  const of = (ecdhCurve: string): TlsOptions => ({ ecdhCurve });
  return [
    row('X25519 alone', of('X25519')),
    row('P-256 alone', of('P-256')),
    row('P-384 alone', of('P-384')),
    row('P-384 alone, in TLS 1.2', { ...of('P-384'), maxVersion: 'TLSv1.2' }),
    row('P-521 alone', of('P-521'), 'TLS', { unlikeNode: FEW_GROUPS }),
    row('X448 alone', of('X448'), 'TLS', { unlikeNode: FEW_GROUPS }),
  ];
}

function demands(): TlsServer[] {
  const asks = { requestCert: true, ca: authority.pem };
  return [
    row('a wish for a client’s certificate', { ...asks, rejectUnauthorized: false }),
    // The server ends the connection, with the request in it unread: the reset can overtake the alert.
    row('a demand for one', { ...asks, rejectUnauthorized: true }, /^(?:TLS|INTERRUPTED)$/),
    row(
      'a demand for one, in TLS 1.2',
      { ...asks, rejectUnauthorized: true, maxVersion: 'TLSv1.2' },
      'TLS',
    ),
    row('HTTP/2 alone by ALPN, which nobody offers', { ALPNProtocols: ['h2'] }),
    row('HTTP/1.1 by ALPN', { ALPNProtocols: ['http/1.1'] }),
    row('a certificate by the name that is asked for', {
      ...createAuthority('Default').issue(),
      SNICallback: (_, found) => found(null, createSecureContext(identity)),
    }),
    row(
      'no certificate for the name that is asked for',
      { SNICallback: (_, found) => found(new Error('unknown')) },
      'CONNECT',
    ),
    row('no tickets', { secureOptions: constants.SSL_OP_NO_TICKET }),
  ];
}

function certificates(): TlsServer[] {
  const of = (keys: KeyPair): Identity => authority.issue({ keys });
  const rsa = (modulusLength: number) => of(generateKeyPairSync('rsa', { modulusLength }));
  const ec = (namedCurve: string) => of(generateKeyPairSync('ec', { namedCurve }));
  return [
    row('an RSA key of 1,024 bits', { ...rsa(1_024), ciphers: OLD }, 'TLS', inSomeVersions(WEAK)),
    row('an RSA key of 2,048 bits', identity),
    row('an RSA key of 3,072 bits', rsa(3_072)),
    row('a key on P-256', ec('P-256')),
    row('a key on P-384', ec('P-384')),
    row('a key on P-521', ec('P-521')),
    row('a key on secp256k1', ec('secp256k1'), 'TLS'),
    row('an Ed25519 key', of(generateKeyPairSync('ed25519'))),
    row('a signature over SHA-1', { ...authority.issue({ digest: 'sha1' }), ciphers: OLD }, 'TLS'),
    row('a signature over SHA-512', authority.issue({ digest: 'sha512' })),
  ];
}

function chains(): TlsServer[] {
  const long = authority.intermediate().intermediate().intermediate().issue();
  const parts = long.cert.split(/(?<=-----END CERTIFICATE-----\n)/).filter((part) => part !== '');
  const [own = '', ...others] = parts;
  const other = createAuthority('Stranger');
  const chain = (...certificates: string[]) => ({ ...long, cert: certificates.join('') });
  return [
    row('three certificates in between', long),
    row('the same in another order', chain(own, ...[...others].reverse())),
    row('the root as well', chain(...parts, authority.pem)),
    row('a stranger among them', chain(own, other.pem, ...others)),
    row('the first of them missing', chain(own, ...others.slice(1)), 'TLS_UNKNOWN_ISSUER'),
    row('the last of them missing', chain(own, ...others.slice(0, -1)), 'TLS_UNKNOWN_ISSUER'),
  ];
}

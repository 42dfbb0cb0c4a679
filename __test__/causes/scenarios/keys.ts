// The keys can't be had, or a key can't be used.
import { setTimeout as sleep } from 'node:timers/promises';
import { createWorkosVerifier, type WorkosTokenOptions } from 'verify-workos-token';
import { createAuthority, type Identity, selfSigned } from '../../support/authority.js';
import {
  type Behaviour,
  body,
  hang,
  keySet,
  notHttp,
  reset,
  status,
} from '../../support/fault-server.js';
import { CLIENT_ID, claims, forge } from '../../support/jws.js';
import { type Attempt, good, passed, production, type Scenario, type World } from './world.js';

const AUTHKIT = 'https://acme.authkit.app';
const MAX_WAITING = 1_024;
const authority = createAuthority();
const stranger = createAuthority('Another');
const { jwk } = production;
const half = Buffer.from(jwk.n, 'base64url').subarray(0, 128).toString('base64url');
const DISCOVERY = { issuer: 'https://acme.example', jwks_uri: 'https://acme.example/jwks' };

const RESPONSES: [mistake: string, cause: string, Behaviour][] = [
  ['a client id that WorkOS does not know', 'key-url-not-found', status(404)],
  ['a firewall that blocks', 'key-server-blocks', status(403)],
  ['a server that asks for a login', 'key-server-blocks', status(401)],
  ['too many processes', 'key-server-limits', status(429)],
  ['a URL that takes no such request', 'key-url-refused', status(405)],
  ['an outage', 'key-server-fails', status(503)],
  ['a URL that has moved', 'redirect', status(302, { Location: '/elsewhere' })],
  ['a server that does not answer', 'time-out', hang],
  ['a load balancer that resets', 'interrupted', reset],
  ['a proxy that compresses', 'content-encoding', body('x', { 'Content-Encoding': 'br' })],
  ['the page of an application in place of the keys', 'html', body('<!doctype html><title>App')],
  ['the discovery document', 'discovery-document', body(JSON.stringify(DISCOVERY))],
  ['one key', 'single-key', body(JSON.stringify(jwk))],
  ['an array of keys', 'single-key', body(JSON.stringify([jwk]))],
  ['a mail server', 'not-a-key-set', notHttp],
  ['an API that answers with JSON', 'not-a-key-set', body('{"message":"ok"}')],
  ['a text', 'not-a-key-set', body('Not here')],
  ['an empty set', 'no-usable-key', keySet([])],
];

const KEYS: [mistake: string, cause: string, key: unknown][] = [
  ['a key that is null', 'key-not-an-object', null],
  ['a key without its id', 'key-without-id', { ...jwk, kid: undefined }],
  ['a type in lower case', 'key-type', { ...jwk, kty: 'rsa' }],
  ['a key for encryption', 'key-use', { ...jwk, use: 'enc' }],
  ['the operations of a private key', 'key-operations', { ...jwk, key_ops: ['sign'] }],
  ['an algorithm that is null', 'key-algorithm-type', { ...jwk, alg: null }],
  ['an algorithm of another type', 'key-algorithm', { ...jwk, alg: 'ES256' }],
  ['a key without its modulus', 'key-numbers', { ...jwk, n: undefined }],
  ['a padded modulus', 'key-padding', { ...jwk, n: `${jwk.n}==` }],
  ['base64 in place of base64url', 'key-encoding', { ...jwk, n: `${jwk.n}+/` }],
  ['a key of 1,024 bits', 'short-key', { ...jwk, n: half }],
  ['a key of 8,200 bits', 'long-key', { ...jwk, n: odd(1_025) }],
  ['an exponent of 1', 'damaged-key', { ...jwk, e: 'AQ' }],
];

const CERTIFICATES: [mistake: string, cause: string, Identity][] = [
  ['a company’s authority', 'tls-unknown-authority', stranger.issue()],
  ['a self-signed certificate', 'tls-self-signed', selfSigned()],
  ['a certificate that has expired', 'tls-expired', authority.issue({ validUntil: -5 })],
  ['a certificate for another host', 'tls-wrong-name', authority.issue({ names: ['a.example'] })],
  ['a common name alone', 'tls-no-alternative-name', nameless()],
  ['a certificate for clients', 'tls', authority.issue({ usage: 'clientAuth' })],
];

/** Good keys, which no call has fetched before, or a call that has remembered the token. */
const COLD: Scenario[] = [
  {
    mistake: 'an ID token, as the first one of a process',
    cause: 'id-token',
    code: 'INVALID_ISSUER',
    make: async (world) => ({ ...(await serving(world)), token: idToken() }),
  },
  {
    mistake: 'an ID token that another verifier accepts',
    cause: 'id-token',
    code: 'INVALID_ISSUER',
    make: async (world) => ({ ...(await serving(world)), token: idToken(), call: afterAnother }),
  },
  {
    mistake: 'a token that is cut off, as the first one of a process',
    cause: 'cut-off-in-signature',
    code: 'INVALID_SIGNATURE',
    make: async (world) => ({ ...(await serving(world)), token: good.slice(0, -2) }),
  },
];

export const keyScenarios: Scenario[] = [
  ...COLD,
  ...RESPONSES.map(([mistake, cause, behaviour]) =>
    unavailable(mistake, cause, async (world) => fetching((await world.server(behaviour)).url)),
  ),
  ...KEYS.map(([mistake, cause, key]) =>
    unavailable(mistake, cause, async (world) =>
      fetching((await world.server(keySet([key as object]))).url),
    ),
  ),
  ...CERTIFICATES.map(([mistake, cause, identity]) =>
    unavailable(mistake, cause, async (world) => {
      const server = await world.server(keySet([jwk]), identity);
      return fetching(server.url, { jwksCache: { ca: authority.pem } });
    }),
  ),
  unavailable('a login page of the network, over https', 'html', async (world) => {
    const server = await world.server(body('<html><title>Sign in</title>'), authority.issue());
    return fetching(server.url, { jwksCache: { ca: authority.pem } });
  }),
  unavailable('a name with a typing error', 'dns', () => fetching('https://keys.invalid./jwks')),
  unavailable('an emulator that is not running', 'connection-refused', closedPort),
  unavailable('a proxy that refuses', 'proxy', refusedByProxy),
  unavailable('verifySync without ready', 'not-fetched', async (world) =>
    synchronous((await world.server(hang)).url),
  ),
  unavailable('verifySync after a long time', 'outdated-keys', outdated),
  unavailable('a thundering herd', 'too-many-waiting', herd),
  {
    mistake: 'two keys with one id',
    cause: 'ambiguous-key',
    code: 'UNKNOWN_KEY',
    make: () => passed(good, { jwks: { keys: [jwk, { ...jwk, n: odd(256) }, other()] } }),
  },
  {
    mistake: 'a key for another algorithm',
    cause: 'key-of-other-algorithm',
    code: 'UNKNOWN_KEY',
    make: () => passed(good, { jwks: { keys: [{ ...jwk, alg: 'RS512' }, other()] } }),
  },
  {
    mistake: 'a forged key id, a moment after another',
    cause: 'unknown-key-cooldown',
    code: 'UNKNOWN_KEY',
    make: coolingDown,
  },
];

function unavailable(mistake: string, cause: string, make: Scenario['make']): Scenario {
  return { mistake, cause, code: 'JWKS_FETCH_FAILED', make };
}

async function serving(world: World): Promise<Attempt> {
  return fetching((await world.server(keySet([jwk]))).url);
}

function idToken(): string {
  return production.sign(claims({ iss: AUTHKIT, nonce: 'n' }));
}

/** The token is remembered when it is verified: only its claims are looked at again. */
async function afterAnother(token: unknown, options: WorkosTokenOptions = {}): Promise<unknown> {
  const accepting = createWorkosVerifier({ ...options, issuer: AUTHKIT });
  await accepting.verify(token as string);
  await accepting.verify(token as string);
  return createWorkosVerifier(options).verify(token as string);
}

function fetching(jwksUrl: string, options: WorkosTokenOptions = {}): Attempt {
  const jwksCache = { timeoutMs: 1_000, ...options.jwksCache };
  return { token: good, options: { clientId: CLIENT_ID, jwksUrl, ...options, jwksCache } };
}

function synchronous(jwksUrl: string): Attempt {
  return {
    ...fetching(jwksUrl),
    call: async (token, options) => createWorkosVerifier(options).verifySync(token as string),
  };
}

function nameless(): Identity {
  return authority.issue({ names: [], commonName: 'localhost' });
}

function odd(bytes: number): string {
  return Buffer.alloc(bytes, 0xff).toString('base64url');
}

function other() {
  return { ...jwk, kid: 'key_3' };
}

async function closedPort(world: World): Promise<Attempt> {
  const server = await world.server(hang);
  await server.close();
  return fetching(server.url);
}

async function refusedByProxy(world: World): Promise<Attempt> {
  const proxy = await world.proxy(1);
  proxy.mode = { status: 403 };
  return { ...fetching('https://keys.example/jwks'), environment: { HTTPS_PROXY: proxy.url } };
}

async function outdated(world: World): Promise<Attempt> {
  const { url } = await world.server(keySet([jwk]));
  const options = { jwksCache: { maxAgeSeconds: 1, staleIfErrorSeconds: 0 } };
  return {
    ...fetching(url, options),
    async call(token, given) {
      const verifier = createWorkosVerifier(given);
      await verifier.ready();
      await sleep(1_100);
      return verifier.verifySync(token as string);
    },
  };
}

async function herd(world: World): Promise<Attempt> {
  const { url } = await world.server(hang);
  return {
    ...fetching(url),
    call(token, options) {
      const verifier = createWorkosVerifier(options);
      const calls = Array.from({ length: MAX_WAITING + 1 }, () => verifier.verify(token as string));
      for (const call of calls) call.catch(() => {});
      return Promise.race(calls);
    },
  };
}

async function coolingDown(world: World): Promise<Attempt> {
  const { url } = await world.server(keySet([jwk]));
  return {
    ...fetching(url),
    token: forge('key_9'),
    async call(token, options) {
      const verifier = createWorkosVerifier(options);
      await verifier.ready();
      await verifier.verify(forge('key_8')).catch(() => {});
      return verifier.verify(token as string);
    },
  };
}

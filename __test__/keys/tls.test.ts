import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  createWorkosVerifier,
  verifyWorkosToken,
  type WorkosTokenOptions,
} from 'verify-workos-token';
import {
  createAuthority,
  type Identity,
  selfSigned,
  type SelfSignedOptions,
  unfitAuthority,
} from '../support/authority.js';
import { hang, keySet, startFaultServer } from '../support/fault-server.js';
import { CLIENT_ID, createSigner } from '../support/jws.js';
import { refusal, refusalSync } from '../support/refusal.js';

/** Longer than any answer from memory takes on a busy machine. */
const AT_ONCE_MS = 500;
const signer = createSigner();
const token = signer.sign();
const authority = createAuthority();
const stranger = createAuthority('Another Authority');
const namesake = createAuthority();
const ended = createAuthority('Ended Authority', { validUntil: -5 });
const ADDRESS = '127.0.0.1';
const SIGNS = ['digitalSignature', 'keyCertSign'] as const;

const closing: (() => Promise<unknown>)[] = [];
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

async function setUp(identity: Identity, jwksCache: WorkosTokenOptions['jwksCache'] = {}) {
  const server = await startFaultServer(keySet(signer.jwks.keys), identity);
  closing.push(server.close);
  const options = { clientId: CLIENT_ID, jwksUrl: server.url, jwksCache };
  return { server, options };
}

const good = authority.issue();
const chained = authority.intermediate().issue();
const alone = { ...chained, cert: `${chained.cert.split('-----END')[0]}-----END CERTIFICATE-----` };

describe('a server that can prove who it is', () => {
  it.each<[string, Identity, string, string?]>([
    ['with a certificate of the authority in `ca`', good, authority.pem],
    ['for an address', good, authority.pem, '127.0.0.1'],
    ['with a certificate in between that it sends along', chained, authority.pem],
    ['while several authorities are trusted', good, stranger.pem + authority.pem],
    ['with a certificate that `ca` holds itself', ...own()],
    ['with its own, marked as an authority', ...own({ isAuthority: true })],
    ['with its own, for an address', ...own({ isAuthority: true, names: [ADDRESS] }), ADDRESS],
    ['with its own, for signatures', ...own({ isAuthority: true, keyUsage: ['digitalSignature'] })],
    ['with its own, for a minute more', ...own({ isAuthority: true, validUntil: 60 })],
    ['of an authority by the usage of its key alone', byUsage(), byUsage(SIGNS).cert],
    ['while a root beside its own has ended', good, ended.pem + authority.pem],
    ['since a minute', authority.issue({ validFrom: -60 }), authority.pem],
    ['for a minute more', authority.issue({ validUntil: 60 }), authority.pem],
  ])('%s is asked once, and believed', async (_, identity, ca, host = 'localhost') => {
    const { server, options } = await setUp(identity, { ca });
    const jwksUrl = options.jwksUrl.replace('localhost', host);
    const verifier = createWorkosVerifier({ ...options, jwksUrl });
    await expect(verifier.verify(token)).resolves.toHaveProperty('sub', 'user_1');
    expect(verifier.verifySync(signer.sign())).toHaveProperty('sub', 'user_1');
    expect([server.requests, server.accepted]).toEqual([1, 1]);
    await vi.waitFor(() => expect(server.connections).toBe(0));
  });
});

/** One that says nothing of authorities, as old ones don't. */
function byUsage(keyUsage?: SelfSignedOptions['keyUsage']): Identity {
  return selfSigned({ commonName: 'Old Authority', ...(keyUsage && { keyUsage }) });
}

function own(options: SelfSignedOptions = {}): [Identity, string] {
  const identity = selfSigned(options);
  return [identity, identity.cert];
}

/** webpki asks a trust anchor for nothing; OpenSSL, and so Node, refuses each of these as an issuer. */
describe('a certificate in `ca` that is no authority for servers', () => {
  const isNone = { name: 'basicConstraints', cA: false };
  const isOne = { name: 'basicConstraints', cA: true };
  const forClients = { name: 'extKeyUsage', clientAuth: true };
  const forServers = { name: 'extKeyUsage', serverAuth: true };

  it.each<[string, object[], string?]>([
    ["a server's, which another authority has issued", [isNone, forServers], 'Another Authority'],
    ["a server's that says nothing of authorities", [forServers], 'Another Authority'],
    ["a client's", [isNone, forClients]],
    ['one for other signatures', [isNone, { name: 'keyUsage', nonRepudiation: true }]],
    ['an authority for clients', [isOne, forClients]],
    ['an authority that may not sign', [isOne, { name: 'keyUsage', digitalSignature: true }]],
  ])('%s, speaks for no other', async (_, extensions, issuer) => {
    const unfit = unfitAuthority(extensions, issuer);
    const { server, options } = await setUp(unfit.issue(), { ca: unfit.pem });
    const error = await refusal(() => verifyWorkosToken(token, options));
    expect(error.cause).toHaveProperty('code', 'TLS_UNKNOWN_ISSUER');
    expect(server.requests).toBe(0);
  });
});

describe('a certificate of its own, in `ca` and marked as an authority,', () => {
  const marked: SelfSignedOptions = { isAuthority: true, commonName: 'localhost' };
  const unmarked = { ...marked, isAuthority: false };
  const other = (options = marked) => selfSigned(options).cert;

  it.each<[string, Identity, string, string, string?]>([
    ['for another host', ...own({ ...marked, names: ['x.example'] }), 'TLS_WRONG_NAME'],
    ['for no host but in its subject', ...own({ ...marked, names: [] }), 'TLS_NO_SUBJECT_ALT_NAME'],
    ['for a name, asked by address', ...own(marked), 'TLS_WRONG_NAME', ADDRESS],
    ['for a time that is over', ...own({ ...marked, validUntil: -5 }), 'TLS_EXPIRED'],
    ['for a time to come', ...own({ ...marked, validFrom: 60 }), 'TLS_EXPIRED'],
    ['for clients', ...own({ ...marked, usage: 'clientAuth' }), 'TLS_SELF_SIGNED'],
    ['for certificates alone', ...own({ ...marked, keyUsage: ['keyCertSign'] }), 'TLS_SELF_SIGNED'],
    ['but another with that name and key', selfSigned(marked), other(), 'TLS_SELF_SIGNED'],
    [
      'but another that it could have signed',
      selfSigned(unmarked),
      other(unmarked),
      'TLS_SELF_SIGNED',
    ],
    ['but none of it is in `ca`', selfSigned(marked), authority.pem, 'TLS_SELF_SIGNED'],
  ])('%s is refused', async (_, identity, ca, code, host = 'localhost') => {
    const { server, options } = await setUp(identity, { ca });
    const jwksUrl = options.jwksUrl.replace('localhost', host);
    const error = await refusal(() => verifyWorkosToken(token, { ...options, jwksUrl }));
    expect(error.cause).toHaveProperty('code', code);
    expect(server.requests).toBe(0);
  });
});

describe('a root that has ended', () => {
  it('is no root, and its servers are told apart from those that nobody knows', async () => {
    const { server, options } = await setUp(ended.issue(), { ca: ended.pem + stranger.pem });
    const error = await refusal(() => verifyWorkosToken(token, options));
    expect(error.cause).toHaveProperty('code', 'TLS_EXPIRED');
    expect(server.requests).toBe(0);
  });

  it('while the process runs is no root from then on', async () => {
    const brief = createAuthority('Brief Authority', { validUntil: 2 });
    const { server, options } = await setUp(brief.issue(), { ca: brief.pem });
    await verifyWorkosToken(token, options);
    await sleep(3_000);
    const jwksUrl = `${options.jwksUrl}/later`;
    const error = await refusal(() => verifyWorkosToken(token, { ...options, jwksUrl }));
    expect(error.cause).toHaveProperty('code', 'TLS_EXPIRED');
    expect(server.requests).toBe(1);
  });
});

describe('a server that cannot', () => {
  it.each<[string, Identity, string | RegExp, string?]>([
    ['of another authority', stranger.issue(), 'TLS_UNKNOWN_ISSUER'],
    ['of its own', selfSigned(), 'TLS_SELF_SIGNED'],
    ['of its own, marked as an authority', selfSigned({ isAuthority: true }), 'TLS_SELF_SIGNED'],
    ['of its own, without a name', selfSigned({ names: [] }), 'TLS_SELF_SIGNED'],
    ['of its own, for a time that is over', selfSigned({ validUntil: -5 }), 'TLS_EXPIRED'],
    ['of an authority in between that it does not send along', alone, 'TLS_UNKNOWN_ISSUER'],
    ['of another authority of the same name', namesake.issue(), /^TLS/],
    ['for a host of another name', authority.issue({ names: ['keys.example'] }), 'TLS_WRONG_NAME'],
    ['for the hosts below it', authority.issue({ names: ['*.localhost'] }), 'TLS_WRONG_NAME'],
    ['with its name in the subject alone', nameless(), 'TLS_NO_SUBJECT_ALT_NAME'],
    [
      'that is an authority, of another',
      stranger.issue({ isAuthority: true }),
      'TLS_UNKNOWN_ISSUER',
    ],
    ['for its name, asked by address', byName(), 'TLS_WRONG_NAME', '127.0.0.1'],
    ['for a time that is over', authority.issue({ validUntil: -5 }), 'TLS_EXPIRED'],
    ['for a time to come', authority.issue({ validFrom: 60 }), 'TLS_EXPIRED'],
    ['for clients', authority.issue({ usage: 'clientAuth' }), /^TLS/],
  ])('but has a certificate %s is not asked', async (_, identity, code, host) => {
    const { server, options } = await setUp(identity, { ca: authority.pem });
    const jwksUrl = options.jwksUrl.replace('localhost', host ?? 'localhost');
    const verifier = createWorkosVerifier({ ...options, jwksUrl });
    const error = await refusal(() => verifier.verify(token));
    expect(error).toMatchObject({ code: 'JWKS_FETCH_FAILED', status: 503, retryable: true });
    expect(error.cause).toMatchObject({
      code: code instanceof RegExp ? expect.stringMatching(code) : code,
    });

    // It backs off as after any other failure: no handshake for each call.
    expect((await refusal(() => verifier.verify(token))).cause).toEqual(error.cause);
    expect([server.requests, server.accepted]).toEqual([0, 1]);
    await vi.waitFor(() => expect(server.connections).toBe(0));
    expect(verifier.stats()).toMatchObject({ fetches: 1, fetchFailures: 1, keysInMemory: 0 });
  });

  it.each([
    ['an unknown authority: how to name it', stranger.issue(), /authority.*`jwksCache\.ca`/],
    ['one of its own: how to trust it', selfSigned(), /self-signed.*`jwksCache\.ca`/],
    ['no name: how to give it one', nameless(), /subjectAltName/],
    ['a time that is over: the clock', authority.issue({ validUntil: -5 }), /clock/],
    ['another name: the URL', authority.issue({ names: ['x.example'] }), /right host/],
  ])('is met with a hint that names, for %s', async (_, identity, hint) => {
    const { options } = await setUp(identity, { ca: authority.pem });
    expect((await refusal(() => verifyWorkosToken(token, options))).hint).toMatch(hint);
  });
});

function nameless(): Identity {
  return authority.issue({ names: [], commonName: 'localhost' });
}

function byName(): Identity {
  return authority.issue({ names: ['localhost'] });
}

describe('a response that lasts until the connection ends', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'is read, though %s does not say that it has ended',
    async (version) => {
      const secure = { ...good, minVersion: version, maxVersion: version };
      const server = createTlsServer(secure, (socket) => {
        socket.on('error', () => {});
        socket.once('data', () => {
          const text = `HTTP/1.1 200 OK\r\n\r\n${JSON.stringify(signer.jwks)}`;
          // Without close_notify (RFC 8446, section 6.1): the connection below ends.
          socket.write(text, () => raw.get(socket.remotePort)?.end());
        });
      });
      const raw = new Map<number | undefined, Socket>();
      server.on('connection', (socket: Socket) => raw.set(socket.remotePort, socket));
      await once(server.listen(0, ADDRESS), 'listening');
      closing.push(async () => server.close());
      const { port } = server.address() as AddressInfo;
      const jwksUrl = `https://localhost:${port}/`;
      const options = { clientId: CLIENT_ID, jwksUrl, jwksCache: { ca: authority.pem } };
      await expect(verifyWorkosToken(token, options)).resolves.toHaveProperty('sub');
    },
  );
});

describe('a port where no TLS is spoken', () => {
  async function listen(onSocket: (socket: Socket) => void) {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => {}));
      onSocket(socket);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    closing.push(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const jwksCache = { timeoutMs: 400 };
    return createWorkosVerifier({
      clientId: CLIENT_ID,
      jwksUrl: `https://localhost:${port}/`,
      jwksCache,
    });
  }

  it.each<[string, string[], (socket: Socket) => void]>([
    ['but HTTP', ['TLS'], (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n{"keys":[]}')],
    ['but mail', ['TLS'], (socket) => socket.end('220 smtp.example ESMTP\r\n')],
    ['and the connection ends', ['TLS', 'CONNECT', 'INTERRUPTED'], (socket) => socket.end()],
    ['and nothing comes', ['TIMEOUT'], () => {}],
  ])('%s fails in time, with a cause', async (_, codes, onSocket) => {
    const verifier = await listen(onSocket);
    const start = performance.now();
    const error = await refusal(() => verifier.ready());
    expect(performance.now() - start).toBeLessThan(400 + AT_ONCE_MS);
    expect(error.code).toBe('JWKS_FETCH_FAILED');
    expect(codes).toContain((error.cause as { code?: string }).code);
  });
});

describe('a certificate that is bad by now', () => {
  it('leaves the keys of a better time serving, and is not an unknown key', async () => {
    const { server, options } = await setUp(good, { ca: authority.pem, maxAgeSeconds: 1 });
    const verifier = createWorkosVerifier(options);
    await verifier.verify(token);
    server.identify(authority.issue({ validUntil: -5 }));
    const error = await refusal(() => verifier.verify(createSigner('key_9').sign()));
    expect(error).toMatchObject({ code: 'JWKS_FETCH_FAILED', cause: { code: 'TLS_EXPIRED' } });
    await expect(verifier.verify(signer.sign())).resolves.toHaveProperty('sub');
    expect(server.requests).toBe(1);
  });
});

describe('trust belongs to the keys that it has brought', () => {
  const lax = { ca: authority.pem };
  const strict = { ca: stranger.pem };

  it.each([
    ['no', {}],
    ['another', strict],
  ])('a verifier with `ca` never fills the set of one with %s', async (_, jwksCache) => {
    const { server, options } = await setUp(good, lax);
    const trusting = createWorkosVerifier(options);
    const other = createWorkosVerifier({ ...options, jwksCache });
    for (const order of [1, 2]) {
      await expect(trusting.verify(token), `${order}`).resolves.toHaveProperty('sub');
      const error = await refusal(() => other.verify(token));
      expect(error.cause).toHaveProperty('code', 'TLS_UNKNOWN_ISSUER');
      expect(refusalSync(() => other.verifySync(token)).code).toBe('JWKS_FETCH_FAILED');
    }
    expect(trusting.stats()).toMatchObject({ fetches: 1, fetchFailures: 0, keysInMemory: 1 });
    expect(other.stats()).toMatchObject({ fetchFailures: 1, keysInMemory: 0, keySetHash: null });
    expect(server.requests).toBe(1);
  });

  it('nor does the failure of the strict one hold up the other', async () => {
    const { server, options } = await setUp(good, lax);
    const [first, claims, last] = await Promise.all([
      refusal(() => verifyWorkosToken(token, { ...options, jwksCache: strict })),
      verifyWorkosToken(token, options),
      refusal(() => verifyWorkosToken(token, { ...options, jwksCache: {} })),
    ]);
    expect([first.code, claims.sub, last.code]).toEqual([
      'JWKS_FETCH_FAILED',
      'user_1',
      'JWKS_FETCH_FAILED',
    ]);
    expect([server.requests, server.accepted]).toEqual([1, 3]);
  });

  it('the same certificates, however they are written, share one set', async () => {
    const { server, options } = await setUp(good, lax);
    const pair = [authority.pem, stranger.pem];
    const spellings = [pair, pair.join(''), [`# ours\n${pair[0]}\n\n`, pair[1]?.trim() ?? '']];
    for (const ca of spellings) await verifyWorkosToken(token, { ...options, jwksCache: { ca } });
    expect(server.requests).toBe(1);
    await verifyWorkosToken(token, options);
    expect(server.requests).toBe(2);
  });

  it('a request that hangs is shared by those who trust alike, and by nobody else', async () => {
    const { server, options } = await setUp(good, { ...lax, timeoutMs: 400 });
    server.behaviour = hang;
    const waiting = Array.from({ length: 50 }, () =>
      refusal(() => verifyWorkosToken(token, options)),
    );
    await server.received(1);
    const jwksCache = { ca: authority.pem + stranger.pem };
    server.behaviour = keySet(signer.jwks.keys);
    await verifyWorkosToken(token, { ...options, jwksCache });
    const causes = (await Promise.all(waiting)).map(
      ({ cause }) => (cause as { code: string }).code,
    );
    expect(new Set(causes)).toEqual(new Set(['TIMEOUT']));
    expect(server.requests).toBe(2);
  });
});

// Key servers that are reached by IPv6 alone.
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createWorkosVerifier } from 'verify-workos-token';
import { createAuthority, type Identity } from '../support/authority.js';
import { CLIENT_ID, createSigner } from '../support/jws.js';

const signer = createSigner();
const authority = createAuthority();
const LOOPBACK = '::1';
const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === LOOPBACK),
);

async function startServer(identity?: Identity): Promise<number> {
  const answer = (_: unknown, response: { end(text: string): void }) =>
    response.end(JSON.stringify(signer.jwks));
  const server = identity ? createTlsServer(identity, answer) : createServer(answer);
  server.on('tlsClientError', () => {});
  await once(server.listen(0, LOOPBACK), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const outcomeOf = (jwksUrl: string) =>
  createWorkosVerifier({ clientId: CLIENT_ID, jwksUrl, jwksCache: { ca: authority.pem } })
    .ready()
    .then(
      () => 'keys',
      ({ cause }) => cause?.code,
    );

describe.runIf(hasIpv6)('a key server on the loopback of IPv6', () => {
  it.each([
    ['its address', '[::1]', 'keys'],
    ['its address in full', '[0:0:0:0:0:0:0:1]', 'keys'],
    ['localhost', 'localhost', 'keys'],
    ['the loopback of IPv4, where nobody listens', '127.0.0.1', 'CONNECT'],
  ])('is asked by %s', async (_, host, outcome) => {
    expect(await outcomeOf(`http://${host}:${await startServer()}/`)).toBe(outcome);
  });

  it.each([
    ['its address', [LOOPBACK], '[::1]', 'keys'],
    ['its address in full', [LOOPBACK], '[0:0:0:0:0:0:0:1]', 'keys'],
    ['its name', ['localhost'], 'localhost', 'keys'],
    ['its address, which the certificate lacks', ['localhost'], '[::1]', 'TLS_WRONG_NAME'],
    ['its name, which the certificate lacks', [LOOPBACK], 'localhost', 'TLS_WRONG_NAME'],
    ['its address, where the certificate has another', ['::2'], '[::1]', 'TLS_WRONG_NAME'],
  ])('is asked over https by %s', async (_, names, host, outcome) => {
    const port = await startServer(authority.issue({ names }));
    expect(await outcomeOf(`https://${host}:${port}/`)).toBe(outcome);
  });
});

/** A network of its own, with a loopback that has no address of IPv4. */
const WITHOUT_IPV4 = 'ip link set lo up && ip -4 addr flush dev lo && exec "$0" "$@"';

function canLeaveOutIpv4(): boolean {
  try {
    execFileSync('unshare', ['-rn', 'sh', '-c', WITHOUT_IPV4, 'ip', '-6', 'addr', 'show', 'lo']);
    return hasIpv6;
  } catch {
    return false;
  }
}

it.runIf(canLeaveOutIpv4())(
  'a machine without IPv4 reaches a server by name and address',
  async () => {
    const script = fileURLToPath(new URL('../support/ipv6-alone.mjs', import.meta.url));
    const given = JSON.stringify({ jwks: signer.jwks, hosts: ['[::1]', 'localhost', '127.0.0.1'] });
    const args = ['-rn', 'sh', '-c', WITHOUT_IPV4, process.execPath, script, given];
    const { stdout } = await promisify(execFile)('unshare', args, { timeout: 20_000 });
    expect(JSON.parse(stdout)).toEqual({ hasIpv4: false, outcomes: ['keys', 'keys', 'CONNECT'] });
  },
);

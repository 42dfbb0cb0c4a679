// A process on a machine that has no IPv4: a key server in it, and what comes of asking it.
// Argument: JSON of `jwks` and `hosts`, as they stand in the URL. Says whether there was IPv4, and the
// outcomes.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createWorkosVerifier } from 'verify-workos-token';

const { jwks, hosts } = JSON.parse(process.argv[2] ?? '');
const four = createServer();
const hasIpv4 = await once(four.listen(0, '127.0.0.1'), 'listening').then(
  () => true,
  () => false,
);
four.close();
const server = createServer((_, response) => response.end(JSON.stringify(jwks)));
await once(server.listen(0, '::1'), 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());

/** @param {string} host */
const outcomeOf = (host) =>
  createWorkosVerifier({ clientId: 'client_test', jwksUrl: `http://${host}:${port}/` })
    .ready()
    .then(
      () => 'keys',
      ({ code, cause }) => cause?.code ?? code,
    );
const outcomes = await Promise.all(hosts.map(outcomeOf));
server.closeAllConnections();
server.close();
console.log(JSON.stringify({ hasIpv4, outcomes }));

// @ts-nocheck: written without types.
// The part `percentiles`: what a request takes at saturation, in the same server without a check, with
// this package, and with express-oauth2-jwt-bearer. Nothing rotates and nothing fails.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { inTurns } from '../../bench/workloads/rounds.mjs';
import { installPeers } from '../../scripts/peers.mjs';
import { createChance } from './chance.mjs';
import { startProcess } from './child.mjs';
import { CLIENT_ID, ISSUER } from './history.mjs';
import { newKey } from './new-key.mjs';
import { startServer } from './saturation.mjs';
import { tokensOf } from './tokens.mjs';

const CHECKS = ['none', 'verify-workos-token', 'express-oauth2-jwt-bearer'];
const SHARES = { hot: 0.6, new: 0.3, forged: 0.05, expired: 0.05 };
const WARM_UPS = 1;
const ROUNDS = 5;
const REFUSED = new Set(['forged', 'expired']);

/** @param {{ seconds: number, seed: number }} run */
export async function runPercentiles({ seconds, seed }) {
  installPeers('conformance');
  const key = { ...(await newKey('ES256', 'kid_percentiles')), source: 's', id: 's:1' };
  const keyServer = await serveKeys(key);
  const servers = await startServers(`http://127.0.0.1:${keyServer.address().port}/`);
  const load = startLoad(key, seed);
  const milliseconds = (seconds * 1_000) / (CHECKS.length * (WARM_UPS + ROUNDS));
  const wrong = [];
  const { rows } = await inTurns({ warmUps: WARM_UPS, rounds: ROUNDS }, CHECKS, async (check) => {
    const { port } = servers[check];
    const { statuses, ...sample } = await load.ask({ load: { port, milliseconds } }, 'done');
    wrong.push(...wrongStatuses(check, statuses));
    return sample;
  });
  for (const one of [load, ...Object.values(servers).map(({ child }) => child)]) one.end();
  keyServer.close();
  return { lines: linesOf(rows), wrong };
}

/** All at once: those whose turn it is not are idle. */
async function startServers(jwksUrl) {
  const route = { clientId: CLIENT_ID, jwksUrl, algorithms: ['ES256'] };
  const servers = {};
  for (const check of CHECKS) {
    const child = startServer();
    // For us, issuer and audience follow from the client id.
    const own = check === 'verify-workos-token' ? {} : { issuer: ISSUER, audience: CLIENT_ID };
    servers[check] = {
      child,
      ...(await child.ask({ check, routes: [{ ...route, ...own }] }, 'ready')),
    };
  }
  return servers;
}

function startLoad(key, seed) {
  const load = startProcess('load.mjs');
  const chance = createChance(seed);
  load.send({ begin: { seed, callers: [{ source: 's' }], shares: SHARES } });
  load.send({ key });
  load.send({ tokens: tokensOf(key, { clientId: CLIENT_ID, issuer: ISSUER, chance }) });
  return load;
}

async function serveKeys({ jwk }) {
  const body = JSON.stringify({ keys: [jwk] });
  const server = createServer((_request, response) => response.end(body));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

/** Of what was answered: `{ "forged 401": 12 }`. */
function wrongStatuses(check, statuses) {
  return Object.keys(statuses)
    .filter((one) => {
      const [kind, status] = one.split(' ');
      const isRefused = check !== 'none' && REFUSED.has(kind);
      return status !== (isRefused ? '401' : '200');
    })
    .map((one) => `${check}: ${one}, ${statuses[one]} times`);
}

function linesOf(rows) {
  const base = rows.none;
  const cell = (row, name, unit) =>
    `${name} ${row[name].median.toFixed(unit === undefined ? 0 : 2)}${unit ?? ''} (${(row[name].median / base[name].median).toFixed(2)}x)`;
  return CHECKS.map((check) => {
    const row = rows[check];
    const times = ['p50', 'p99', 'p999'].map((name) => cell(row, name, ' ms'));
    return `${check}: ${[cell(row, 'perSecond'), ...times].join(', ')}`;
  });
}

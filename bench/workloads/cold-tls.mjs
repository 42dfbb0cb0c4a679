// @ts-nocheck: written without types.
// The same as `cold` over TLS, as it is with WorkOS: what has to be loaded for that counts.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { certify } from '../certificate.mjs';
import { HTTPS_GET } from '../contenders.mjs';
import { startChild } from '../processes/child.mjs';
import { summarizeRows } from '../report/statistics.mjs';
import { start } from './cold.mjs';
import { rotated } from './rounds.mjs';

const NOTHING = 'nothing';
const IDS = ['verifier', 'jose', HTTPS_GET.id, NOTHING];

export const coldTls = {
  id: 'cold-tls',
  title: 'Cold start over TLS: process start to first verified token',
  unit: 'ms',
  metrics: { wall: 'wall', aboveEmpty: 'above an empty process' },
  reference: 'jose',
  note: 'Each in a fresh process, which fetches the key set over https from another process, and trusts its certificate by `NODE_EXTRA_CA_CERTS`. The second column is the difference from the process that did nothing in the same round.',
  async run(world) {
    const { warmUps, rounds } = world.settings.cold;
    const { authority, ...identity } = certify();
    const file = path.join(path.dirname(world.tokensFile), 'authority.pem');
    writeFileSync(file, authority);
    const keyServer = await startChild('./key-server.mjs', { keys: [world.input.jwk], identity });
    const jwksUrl = world.input.jwksUrl.replace(
      world.keyServer.ready.origin,
      keyServer.ready.origin,
    );
    const input = { ...world.input, jwksUrl };
    const variables = { NODE_EXTRA_CA_CERTS: file };
    const samples = new Map(IDS.map((id) => [id, []]));
    for (let round = 0; round < warmUps + rounds; round += 1) {
      const walls = new Map();
      for (const id of rotated(IDS, round))
        walls.set(id, await start({ ...world, input, variables }, id));
      if (round < warmUps) continue;
      for (const [id, wall] of walls)
        samples.get(id).push({ wall, aboveEmpty: wall - walls.get(NOTHING) });
    }
    await keyServer.stop();
    return { rows: summarizeRows(samples) };
  },
};

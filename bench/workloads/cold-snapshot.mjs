// @ts-nocheck: written without types.
// Process start to first verified token with a snapshot of the keys, next to one that fetches them.
import { createWorkosVerifier } from '../../index.js';
import { SNAPSHOT } from '../contenders.mjs';
import { start } from './cold.mjs';
import { inTurns } from './rounds.mjs';

const NOTHING = 'nothing';

export const coldSnapshot = {
  id: 'cold-snapshot',
  title: 'Cold start with a snapshot of the keys',
  unit: 'ms',
  metrics: { wall: 'wall', aboveEmpty: 'above an empty process' },
  reference: 'verifier',
  note: 'As above. With a snapshot no request is made, which the key server confirms.',
  async run(world) {
    const input = { ...world.input, snapshot: await exportedKeys(world.input) };
    const wall = (contender) => start({ ...world, input }, contender);
    let asked = 0;
    const results = await inTurns(world.settings.cold, [NOTHING, 'verifier', SNAPSHOT.id], turn);
    if (asked > 0) throw new Error(`${asked} requests were made despite the snapshot`);
    return results;

    async function turn(row) {
      const empty = await wall(NOTHING);
      const before = await world.requests();
      const own = row === NOTHING ? empty : await wall(row);
      if (row === SNAPSHOT.id) asked += (await world.requests()) - before;
      return { wall: own, aboveEmpty: own - empty };
    }
  },
};

async function exportedKeys({ clientId, jwksUrl }) {
  const verifier = createWorkosVerifier({ clientId, jwksUrl });
  await verifier.ready();
  return verifier.exportKeys();
}

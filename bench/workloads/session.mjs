// @ts-nocheck: written without types.
// Microseconds per session cookie, next to `authenticate()` of WorkOS's SDK.
import { startChild } from '../processes/child.mjs';
import { inTurns } from './rounds.mjs';

const ROWS = ['verifier', 'workos-node'];
const WAYS = ['new', 'seen'];

export const session = {
  id: 'session',
  title: 'Session cookies of 2.1 kB, one after another',
  unit: 'µs per session',
  metrics: {
    newWall: 'new, wall',
    newMain: 'new, main thread',
    newTotal: 'new, all threads',
    seenWall: 'again, wall',
    seenMain: 'again, main thread',
    seenTotal: 'again, all threads',
  },
  reference: 'workos-node',
  note: '@workos-inc/node: `loadSealedSession(...).authenticate()`. Here: `verifySession`, which also compares the sealed user with the token and checks issuer, subject and client id.',
  async run(world) {
    const lanes = new Map();
    for (const row of ROWS) {
      const { input, tokensFile } = world;
      lanes.set(row, await startChild('./session-lane.mjs', { row, input, tokensFile }));
    }
    try {
      return await inTurns(world.settings.turns, ROWS, (row) => turn(world, lanes.get(row)));
    } finally {
      await Promise.all([...lanes.values()].map(({ stop }) => stop()));
    }
  },
};

async function turn({ settings }, lane) {
  const sample = {};
  for (const way of WAYS) {
    const { wall, main, total } = await lane.ask({ way, ...settings.turns });
    Object.assign(sample, {
      [`${way}Wall`]: wall,
      [`${way}Main`]: main,
      [`${way}Total`]: total,
    });
  }
  return sample;
}

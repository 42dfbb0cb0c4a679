// @ts-nocheck: written without types.
// Microseconds per token. Contenders take turns of some 40 ms.
import { availableParallelism } from 'node:os';
import { AWS_LC, contendersOf } from '../contenders.mjs';
import { startChild } from '../processes/child.mjs';
import { inTurns } from './rounds.mjs';

const TIMES = { wall: 'wall', main: 'main thread', total: 'all threads' };
const inMicroseconds = { unit: 'µs per token', metrics: TIMES, reference: 'jose' };

export const oneAfterAnother = {
  ...inMicroseconds,
  id: 'one-after-another',
  onEachNode: true,
  title: 'New tokens, one after another',
  run: (world) => newTokens(world, 'one-after-another'),
};

export const inFlight = {
  ...inMicroseconds,
  id: 'in-flight',
  onEachNode: true,
  title: 'New tokens, 64 in flight',
  run: (world) => newTokens(world, 'in-flight'),
};

export const busy = {
  ...inMicroseconds,
  id: 'in-flight-busy',
  title: 'New tokens, 64 in flight, the other cores busy',
  note: 'All cores but one are kept busy by other processes.',
  async run(world) {
    const others = Math.max(1, availableParallelism() - 1);
    const spinning = await Promise.all(
      Array.from({ length: others }, () => startChild('./spin.mjs')),
    );
    try {
      return await newTokens(world, 'in-flight');
    } finally {
      await Promise.all(spinning.map(({ stop }) => stop()));
    }
  },
};

export const hot = {
  ...inMicroseconds,
  id: 'hot',
  onEachNode: true,
  title: 'The same 100 tokens, over and over',
  note: '`verifyWorkosToken` gets its options with each call: as a new object, as the same object, or from the environment alone. It reads the environment each time.',
  async run(world) {
    const rows = contendersOf('hot').filter(({ kind }) => kind !== 'bare');
    const ids = rows.map(({ id }) => id);
    return inTurns(world.settings.turns, ids, (row) => turn(world, row, 'hot'));
  },
};

const KINDS = ['accept', 'tampered', 'expired', 'unknownKid'];

export const rejections = {
  id: 'rejections',
  onEachNode: true,
  title: 'Refused tokens, compared with accepted ones',
  unit: 'µs per token',
  metrics: {
    accept: 'good, accepted',
    tampered: 'tampered signature',
    expired: 'expired',
    unknownKid: 'unknown kid',
    requests: 'requests for 1,000 unknown kids',
  },
  reference: 'jose',
  note: 'Wall clock, one after another, each refusal caught. The requests are those that reach the key server. Every package may ask once when its cooldown begins, which the median does not show.',
  async run(world) {
    const rows = contendersOf('rejections').filter(({ kind }) => kind !== 'bare');
    const fetches = new Set(rows.filter(({ fetches }) => fetches).map(({ id }) => id));
    const ids = rows.map(({ id }) => id);
    return inTurns(world.settings.refusals, ids, (row) => refusals(world, row, fetches.has(row)));
  },
};

function newTokens(world, way) {
  const all = contendersOf(way).map(({ id }) => id);
  const rows = world.awsLc === undefined ? all : [...all, AWS_LC.id];
  return inTurns(world.settings.turns, rows, async (row) => {
    if (row !== AWS_LC.id) return turn(world, row, way);
    const each = await world.awsLc();
    return { wall: each, main: each, total: each };
  });
}

async function turn(world, row, way) {
  const lane = await world.lane(row);
  const { wall, main, total } = await lane.ask({ way, ...world.settings.turns });
  return { wall, main, total };
}

/** A contender that fetches no keys has no unknown key either. */
async function refusals(world, row, fetches) {
  const lane = await world.lane(row);
  const sample = {};
  for (const way of KINDS) {
    if (way === 'unknownKid' && !fetches) continue;
    const before = await world.requests();
    const { wall, tokens } = await lane.ask({ way, ...world.settings.refusals });
    sample[way] = wall;
    if (way === 'unknownKid') {
      sample.requests = (((await world.requests()) - before) / tokens) * 1_000;
    }
  }
  return sample;
}

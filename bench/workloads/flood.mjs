import { contendersOf } from '../contenders.mjs';
import { inTurns } from './rounds.mjs';

export const flood = {
  id: 'flood',
  title: 'What a lone token waits while 64 new tokens come every 4 ms',
  unit: 'µs',
  metrics: { p50: 'p50', p99: 'p99' },
  reference: 'jose',
  note: 'From the call to its result. The lone token comes at a random moment between two floods. Who needs longer than 4 ms for 64 tokens does not keep up, and its waits grow for as long as a round lasts.',
  /** @param {any} world */
  async run(world) {
    const rows = contendersOf('flood').map(({ id }) => id);
    return inTurns(world.settings.flood, rows, async (row) => {
      const lane = await world.lane(row);
      return lane.ask({ way: 'flood', ...world.settings.flood });
    });
  },
};

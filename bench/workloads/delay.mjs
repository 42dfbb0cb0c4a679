import { contendersOf } from '../contenders.mjs';
import { inTurns } from './rounds.mjs';

export const delay = {
  id: 'delay',
  title: 'How long the event loop is held, in bursts of 64 new tokens',
  unit: 'µs',
  metrics: {
    p50: 'p50 by length',
    p99: 'p99 by length',
    turnsP50: 'p50 of turns',
    turnsP99: 'p99 of turns',
  },
  reference: 'jose',
  note: 'The gaps between the runs of a `setImmediate` that sets itself again. By length: the turn that an event which arrives at a random moment has to wait for. Of turns: every turn counts alike, also the many in which an idle loop does nothing.',
  /** @param {any} world */
  async run(world) {
    const rows = contendersOf('delay').map(({ id }) => id);
    return inTurns(world.settings.delay, rows, async (row) => {
      const lane = await world.lane(row);
      return lane.ask({ way: 'delay', ...world.settings.delay });
    });
  },
};

// @ts-nocheck: written without types.
// Process start to first verified token, the keys fetched from another process over loopback.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CONTENDERS, FLOORS } from '../contenders.mjs';
import { environment } from '../processes/child.mjs';
import { summarizeRows } from '../report/statistics.mjs';
import { rotated } from './rounds.mjs';

const PROGRAM = fileURLToPath(new URL('../processes/cold.mjs', import.meta.url));
const NOTHING = 'nothing';
const TIMEOUT_MS = 60_000;

export const cold = {
  id: 'cold',
  title: 'Cold start: process start to first verified token',
  unit: 'ms',
  metrics: { wall: 'wall', aboveEmpty: 'above an empty process' },
  reference: 'jose',
  note: 'Each in a fresh process, which fetches the key set over http from another process. The second column is the difference from the process that did nothing in the same round.',
  async run(world) {
    const { warmUps, rounds } = world.settings.cold;
    const ids = [...FLOORS, ...CONTENDERS.filter(({ fetches }) => fetches)].map(({ id }) => id);
    const samples = new Map(ids.map((id) => [id, []]));
    for (let round = 0; round < warmUps + rounds; round += 1) {
      const walls = new Map();
      for (const id of rotated(ids, round)) walls.set(id, await start(world, id));
      if (round < warmUps) continue;
      for (const [id, wall] of walls) {
        samples.get(id).push({ wall, aboveEmpty: wall - walls.get(NOTHING) });
      }
    }
    return { rows: summarizeRows(samples) };
  },
};

/** Milliseconds from `spawn` to the byte that the process writes when it is through. */
export function start({ input, tokens, variables = {} }, contender) {
  const question = JSON.stringify({ contender, input, token: tokens.good[0] });
  return new Promise((resolve, reject) => {
    let wall;
    let errors = '';
    const before = performance.now();
    const child = spawn(process.execPath, [PROGRAM, question], {
      env: { ...environment(), ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
    });
    child.stdout.once('data', () => {
      wall = performance.now() - before;
    });
    child.stderr.on('data', (text) => {
      errors += text;
    });
    child.once('error', reject);
    child.once('close', () =>
      wall === undefined ? reject(new Error(`${contender}: ${errors}`)) : resolve(wall),
    );
  });
}

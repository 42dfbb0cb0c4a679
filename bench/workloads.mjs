// What is measured: `run(world)` gives `{ rows: { row: { metric: summary } } }`.
import { cold } from './workloads/cold.mjs';
import { coldSnapshot } from './workloads/cold-snapshot.mjs';
import { coldTls } from './workloads/cold-tls.mjs';
import { delay } from './workloads/delay.mjs';
import { express } from './workloads/express.mjs';
import { flood } from './workloads/flood.mjs';
import { memory } from './workloads/memory.mjs';
import { refresh } from './workloads/refresh.mjs';
import { session } from './workloads/session.mjs';
import { busy, hot, inFlight, oneAfterAnother, rejections } from './workloads/turns.mjs';

/**
 * @typedef {object} Workload
 * @property {string} id as it is named on the command line
 * @property {string} title
 * @property {string} [unit] where all columns have the same
 * @property {Record<string, string>} metrics the heads of the columns
 * @property {string} [reference] the row that the others are set in relation to
 * @property {string} [note]
 * @property {boolean} [apart] runs only when it is named
 * @property {boolean} [onEachNode] runs on the newest Node too
 * @property {(world: any) => Promise<{ rows: Record<string, Record<string, any>> }>} run
 */

/** @type {readonly Workload[]} */
export const WORKLOADS = [
  oneAfterAnother,
  inFlight,
  busy,
  hot,
  rejections,
  cold,
  coldTls,
  coldSnapshot,
  delay,
  flood,
  express,
  refresh,
  session,
  memory,
];

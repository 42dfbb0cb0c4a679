// @ts-nocheck: written without types.
// What the package is to reach, as data, and how a run compares. A figure is found at
// [workload, row, metric]; `against` is another figure of the same run, which `limit` multiplies.
import { CONTENDERS } from './contenders.mjs';

const ours = 'verifier';
const libraries = CONTENDERS.filter(({ kind }) => kind === 'library').map(({ id }) => id);
const third = 1 / 3;

/**
 * @typedef {readonly [workload: string, row: string, metric: string]} Figure
 * @typedef {object} Target
 * @property {string} name
 * @property {Figure} figure
 * @property {number} limit
 * @property {Figure | readonly Figure[]} [against] of several the lowest counts
 * @property {string} [than] what `against` is, in words
 * @property {string} [unit] of a limit that stands by itself
 */

/** @type {readonly Target[]} */
export const TARGETS = [
  ...oursAgainst('new token, one after another, wall', 'one-after-another', 'wall', [
    [0.45, 'jose'],
    [0.72, 'the fastest JavaScript library', libraries],
    [1.5, 'aws-lc alone', 'aws-lc'],
  ]),
  ...oursAgainst('new token, 64 in flight, main thread', 'in-flight', 'main', [[0.2, 'jose']]),
  ...oursAgainst('the same, the other cores busy', 'in-flight-busy', 'main', [[third, 'jose']]),
  ...oursAgainst('new token, 64 in flight, all threads', 'in-flight', 'total', [
    [1.5, 'aws-lc alone', 'aws-lc'],
  ]),
  ...oursAgainst('event loop held in bursts of 64, p50', 'delay', 'p50', [[0.2, 'jose']]),
  ...oursAgainst('event loop held in bursts of 64, p99', 'delay', 'p99', [[third, 'jose']]),
  ...oursAgainst('hot token', 'hot', 'wall', [[third, "fast-jwt's cache hit", 'fast-jwt-cache']]),
  {
    name: 'tampered token refused',
    figure: ['rejections', ours, 'tampered'],
    limit: 1.15,
    against: ['rejections', ours, 'accept'],
    than: 'a good one accepted',
  },
  ...oursAgainst('unknown kid refused', 'rejections', 'unknownKid', [[third, 'jose']]),
  ...oursAgainst('cold start, above an empty process', 'cold', 'aboveEmpty', [
    [third, 'aws-jwt-verify', 'aws-jwt-verify'],
    [1.5, 'http.get of the key set', 'http-get'],
  ]),
  ...oursAgainst('cold start over TLS, above an empty process', 'cold-tls', 'aboveEmpty', [
    [0.5, 'jose'],
  ]),
  {
    name: 'wait during a refresh of 3 s, p99.9',
    figure: ['refresh', ours, 'refreshP999'],
    limit: 2,
    against: ['refresh', ours, 'steadyP999'],
    than: 'otherwise',
  },
  ...oursAgainst('new session cookie, wall', 'session', 'newWall', [
    [1 / 8, "@workos-inc/node's authenticate()", 'workos-node'],
  ]),
  ...oursAgainst('session cookie again, wall', 'session', 'seenWall', [
    [1 / 20, "@workos-inc/node's authenticate()", 'workos-node'],
  ]),
  {
    name: 'memory over a million forged tokens',
    figure: ['memory', 'forged', 'growth'],
    limit: 1.1,
    unit: 'x the memory early on',
  },
  {
    name: 'memory over a million good tokens',
    figure: ['memory', 'good', 'growth'],
    limit: 1.1,
    unit: 'x the memory early on',
  },
  { name: 'stripped binary', figure: ['binary', 'addon', 'size'], limit: 4.5, unit: 'MB' },
];

/**
 * @param {Record<string, { rows: Record<string, Record<string, { median: number }>> }>} results by
 * workload
 * @param {readonly Target[]} [targets]
 */
export function evaluate(results, targets = TARGETS) {
  return targets.map((target) => {
    const measured = measuredValue(results, target.figure, target.against);
    const { name, limit } = target;
    const line = { name, limit, unit: target.unit ?? `x ${target.than}` };
    if (measured === undefined) return { ...line, measured: null, reached: null, verdict: UNKNOWN };
    const reached = measured <= limit;
    return { ...line, measured, reached, verdict: reached ? 'reached' : missedBy(measured, limit) };
  });
}

const UNKNOWN = 'not measured';

function missedBy(measured, limit) {
  const percent = (measured / limit - 1) * 100;
  return `missed by ${percent < 10 ? percent.toPrecision(2) : percent.toFixed(0)} %`;
}

function measuredValue(results, figure, against) {
  const value = medianOf(results, figure);
  if (against === undefined) return value;
  const several = Array.isArray(against[0]) ? against : [against];
  const others = several.map((other) => medianOf(results, other)).filter((other) => other > 0);
  if (value === undefined || others.length === 0) return undefined;
  return value / Math.min(...others);
}

function medianOf(results, [workload, row, metric]) {
  return results[workload]?.rows[row]?.[metric]?.median;
}

function oursAgainst(name, workload, metric, limits) {
  return limits.map(([limit, than, rows = 'jose']) => ({
    name,
    figure: [workload, ours, metric],
    limit,
    against: Array.isArray(rows)
      ? rows.map((row) => [workload, row, metric])
      : [workload, rows, metric],
    than,
  }));
}

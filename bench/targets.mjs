// @ts-nocheck: written without types.
// What the package must reach, as data, and how a run compares. A figure is found at
// [workload, row, metric]; `against` is another figure of the same run, which `limit` multiplies.
import { CONTENDERS, SNAPSHOT } from './contenders.mjs';

const verifier = 'verifier';
const verifyFunction = 'verify-function';
const libraries = CONTENDERS.filter(({ kind }) => kind === 'library').map(({ id }) => id);
const third = 1 / 3;
/** jose is twice as fast since Node 22. */
const JOSE_IS_FAST_SINCE = 22;

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
export const TARGETS = targetsOn('20');

/**
 * @param {string} node its version
 * @returns {readonly Target[]}
 */
export function targetsOn(node) {
  const isJoseFast = Number.parseInt(node, 10) >= JOSE_IS_FAST_SINCE;
  return [
    ...ours(
      'hot token, verifyWorkosToken',
      ['hot', verifyFunction, 'wall'],
      [[0.35, "fast-jwt's cache hit", 'fast-jwt-cache']],
    ),
    ...ours(
      'hot token, verifier.verify',
      ['hot', verifier, 'wall'],
      [[0.27, "fast-jwt's cache hit", 'fast-jwt-cache']],
    ),
    ...ours(
      'new token, one after another, wall',
      ['one-after-another', verifier, 'wall'],
      [
        [isJoseFast ? 0.42 : 0.33, 'jose'],
        [0.82, 'the fastest JavaScript library', libraries],
        [1.4, 'aws-lc alone', 'aws-lc'],
      ],
    ),
    ...ours(
      'new token, 64 in flight, main thread',
      ['in-flight', verifier, 'main'],
      [[0.18, 'jose']],
    ),
    ...ours(
      'the same, the other cores busy',
      ['in-flight-busy', verifier, 'main'],
      [[third, 'jose']],
    ),
    ...ours(
      'new token, 64 in flight, all threads',
      ['in-flight', verifier, 'total'],
      [[1.48, 'aws-lc alone', 'aws-lc']],
    ),
    ...ours('event loop held in bursts of 64, p50', ['delay', verifier, 'p50'], [[0.2, 'jose']]),
    ...ours('event loop held in bursts of 64, p99', ['delay', verifier, 'p99'], [[0.25, 'jose']]),
    {
      name: 'a lone token during floods of 64 every 4 ms, p99',
      figure: ['flood', verifier, 'p99'],
      limit: 250,
      unit: 'µs',
    },
    ...ours('unknown kid refused', ['rejections', verifier, 'unknownKid'], [[0.28, 'jose']]),
    ...ours('tampered token refused', ['rejections', verifier, 'tampered'], [[0.36, 'jose']]),
    ...ours('expired token refused', ['rejections', verifier, 'expired'], [[0.36, 'jose']]),
    ...ours(
      'cold start, above an empty process',
      ['cold', verifier, 'aboveEmpty'],
      [
        [0.27, 'aws-jwt-verify', 'aws-jwt-verify'],
        [1.1, 'http.get of the key set', 'http-get'],
      ],
    ),
    ...ours(
      'cold start over TLS, above an empty process',
      ['cold-tls', verifier, 'aboveEmpty'],
      [[0.5, 'jose']],
    ),
    {
      name: 'wait during a refresh of 3 s, p99.9',
      figure: ['refresh', verifier, 'refreshP999'],
      limit: 2,
      against: ['refresh', verifier, 'steadyP999'],
      than: 'otherwise',
    },
    {
      name: 'cold start with a snapshot, above an empty process',
      figure: ['cold-snapshot', SNAPSHOT.id, 'aboveEmpty'],
      limit: 0.8,
      against: ['cold-snapshot', verifier, 'aboveEmpty'],
      than: 'that with a fetch',
    },
    ...ours(
      'new session cookie, wall',
      ['session', verifier, 'newWall'],
      [[1 / 8, "@workos-inc/node's authenticate()", 'workos-node']],
    ),
    ...ours(
      'session cookie again, wall',
      ['session', verifier, 'seenWall'],
      [[1 / 20, "@workos-inc/node's authenticate()", 'workos-node']],
    ),
    ...['forged', 'good'].map((kind) => ({
      name: `memory outside of V8's heap over a million ${kind} tokens`,
      figure: /** @type {Figure} */ (['memory', kind, 'growth']),
      limit: 1.05,
      unit: 'x the memory early on',
    })),
    { name: 'stripped binary', figure: ['binary', 'addon', 'size'], limit: 4.5, unit: 'MB' },
  ];
}

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

/** The figure compared with the same figure of others. */
function ours(name, figure, limits) {
  const [workload, , metric] = figure;
  return limits.map(([limit, than, rows = 'jose']) => ({
    name,
    figure,
    limit,
    against: Array.isArray(rows)
      ? rows.map((row) => [workload, row, metric])
      : [workload, rows, metric],
    than,
  }));
}

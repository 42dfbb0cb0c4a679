// @ts-nocheck: written without types.
// What comes to the server: kinds of tokens in fixed shares, for callers by chance.
import { createMint, oneOf } from './tokens.mjs';

/** Of all requests. `rotating` are tokens of the newest keys, some of them not published yet. */
export const SHARES = {
  hot: 0.43,
  new: 0.18,
  rotating: 0.1,
  forged: 0.08,
  expired: 0.08,
  missing: 0.05,
  unknown: 0.05,
  other: 0.03,
};
/** Of what is sent to a caller whose keys are another source's. */
const FOREIGN = 0.03;
/** Signing with RSA takes longer than all the rest of a request. */
const NEW_BY_RSA = 0.05;
const HOT_OF_NEWEST = 16;
/** So many entries of a kind belong to the latest keys. */
const LATEST = 16;

/**
 * @param {ReturnType<import('./chance.mjs').createChance>} chance
 * @param {{ clientId: string, issuer: string, callers: { source: string }[], shares?: object }} given
 */
export function createMix(chance, { clientId, issuer, callers, shares = SHARES }) {
  const tokens = [];
  const mints = new Map();
  const bySource = {};
  let serial = 0;

  const add = (given) => {
    for (const token of given) {
      const { source = 'none', kind, text } = token;
      bySource[source] ??= {};
      (bySource[source][kind] ??= []).push(tokens.length);
      tokens.push({ ...token, jti: text && jtiOf(text) });
    }
  };

  const kindFor = (source) => {
    const kind = kindAt(shares, chance.next());
    // At d no kid is ever unknown.
    if (kind === 'unknown' && source === 'd') return 'hot';
    if (kind === 'new' && isSlow(source) && !chance.happens(NEW_BY_RSA)) return 'hot';
    return kind;
  };
  const isSlow = (source) => tokens[bySource[source].hot[0]].alg === 'RS256';

  const indexOf = (source, kind) => {
    if (kind === 'missing') return bySource.none.missing[0];
    const all = bySource[source][kind === 'rotating' ? 'hot' : kind];
    if (kind === 'rotating') return chance.pick(all.slice(-HOT_OF_NEWEST));
    if (kind !== 'hot') return chance.pick(all.slice(-LATEST));
    return chance.pick(all.length > HOT_OF_NEWEST ? all.slice(0, -HOT_OF_NEWEST) : all);
  };

  const textOf = ({ key, kind, text, jti }) => {
    if (kind === 'missing') return {};
    if (text !== undefined) return { text, jti };
    serial += 1;
    return { text: oneOf(kind, mints.get(key), serial), jti: `${serial}` };
  };

  return {
    add,
    addKey: (key) => mints.set(key.id, createMint(key, { clientId, issuer })),
    /** The next request: for which caller, with which token. */
    next() {
      const caller = chance.between(0, callers.length - 1);
      const { source } = callers[caller];
      const isForeign = source !== 'd' && callers.length > 1 && chance.happens(FOREIGN);
      const from = isForeign ? chance.pick(callers).source : source;
      const token = indexOf(from, kindFor(from));
      return { caller, token, kind: tokens[token].kind, ...textOf(tokens[token]) };
    },
  };
}

function kindAt(shares, at) {
  let passed = 0;
  return Object.keys(shares).find((kind) => (passed += shares[kind]) > at) ?? 'hot';
}

function jtiOf(text) {
  return JSON.parse(Buffer.from(text.split('.')[1], 'base64url')).jti;
}

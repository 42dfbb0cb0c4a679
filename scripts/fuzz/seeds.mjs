// What the fuzz targets start from: the vectors, in the form that each target reads, and some texts
// written by hand. They are written anew for each run, so that none of them has to be kept.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../tools.mjs';
import { FRESHNESS, JSON_TEXTS, KEY_SETS, SESSIONS, TOKENS } from './hand-seeds.mjs';

/** The first byte of an input that the target builds its text from; a text that is taken as it is has none. */
const BUILT = Buffer.of(0);
/** Events are bytes: a hash makes some that are the same each time. */
const PLAYS = 64;

const vectors = path.join(root, '__test__', 'vectors');

/** @typedef {string | Uint8Array} Seed */

/** @type {Record<string, () => Seed[]>} */
const SEEDS = {
  freshness: () => FRESHNESS,
  json: () => [...JSON_TEXTS, ...jsonTexts(), ...tokens().flatMap((token) => texts(token))],
  key_cache: () => Array.from({ length: PLAYS }, (_, play) => eventsOf(play)),
  key_set: () => [...KEY_SETS, ...keySets()],
  seal: () => [...seals(), ...SESSIONS.map(sealing)],
  token: () => [
    ...TOKENS,
    ...tokens(),
    ...tokens().flatMap(segmentsOf),
    ...TOKENS.flatMap(segmentsOf),
  ],
};

export const targets = Object.keys(SEEDS);

/**
 * Writes the seeds of a target into a folder, which holds nothing else afterwards.
 *
 * @param {string} target
 * @param {string} folder
 * @returns {number} how many there are.
 */
export function writeSeeds(target, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const seeds = seedsOf(target);
  for (const [name, seed] of seeds) writeFileSync(path.join(folder, name), seed);
  return seeds.size;
}

/**
 * The seeds of a target, each once, by the names of their files.
 *
 * @param {string} target
 */
export function seedsOf(target) {
  const seeds = SEEDS[target]?.() ?? [];
  const nameOf = (/** @type {Seed} */ seed) => createHash('sha1').update(seed).digest('hex');
  return new Map(seeds.map((seed) => [nameOf(seed), seed]));
}

/** @param {string} prefix */
function read(prefix) {
  const names = readdirSync(vectors).filter((name) => name.startsWith(prefix));
  return names.flatMap((name) => JSON.parse(readFileSync(path.join(vectors, name), 'utf8')));
}

/** @returns {string[]} */
function tokens() {
  return ['jwt-', 'jws-'].flatMap(read).map(({ token }) => token);
}

/** @returns {Seed[]} */
function jsonTexts() {
  const texts = read('json-texts').filter(({ text_b64: text }) => text !== undefined);
  return texts.map(({ text_b64: text }) => Buffer.from(text, 'base64'));
}

/** @returns {Seed[]} */
function keySets() {
  const written = read('jwt-').map(({ jwks, jwks_text: text }) => text ?? JSON.stringify(jwks));
  const single = [...read('rawsig-'), ...read('thumbprints')].map(({ jwk }) => jwk);
  return [...written, ...single.map((jwk) => JSON.stringify({ keys: [{ kid: 'a', ...jwk }] }))];
}

/** @returns {Seed[]} */
function seals() {
  const [{ sessions, signInState, published }] = read('seals');
  return [...sessions, signInState, ...published].map(({ sealed }) => sealed);
}

/**
 * The header and the payload of a token, where they are base64url.
 *
 * @param {string} token
 * @returns {Uint8Array[]}
 */
function texts(token) {
  return token
    .split('.')
    .slice(0, 2)
    .map((text) => Buffer.from(text, 'base64url'));
}

/**
 * The three texts of a token, which the target encodes.
 *
 * @param {string} token
 * @returns {Seed[]}
 */
function segmentsOf(token) {
  const segments = token.split('.').map((text) => Buffer.from(text, 'base64url'));
  if (segments.length !== 3) return [];
  // A null byte separates them, so none can be inside.
  const [header, payload, signature] = segments.map((bytes) => bytes.map((byte) => byte || 1));
  const parts = [BUILT, header, BUILT, payload, BUILT, signature];
  return [Buffer.concat(/** @type {Uint8Array[]} */ (parts))];
}

/**
 * A text that the target seals, behind the bytes that choose how.
 *
 * @param {string} text
 */
function sealing(text) {
  return Buffer.concat([BUILT, Buffer.alloc(120), Buffer.from(text)]);
}

/** @param {number} play */
function eventsOf(play) {
  const hashes = Array.from({ length: 8 }, (_, part) =>
    createHash('sha256').update(`play ${play}, part ${part}`).digest(),
  );
  return Buffer.concat(hashes);
}

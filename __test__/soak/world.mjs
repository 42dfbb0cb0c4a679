// @ts-nocheck: written without types.
// The thread of the issuer: it rotates keys, signs tokens good and bad, answers for the keys or fails
// to, and writes down when it did what.
import { generateKeyPair, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { createChance, now, watchForStalls } from './chance.mjs';
import { FAULTS, good } from './faults.mjs';

const ROTATION_MS = 3_000;
/** How long before its key a token is already in use: a kid that nobody has published. */
const EARLY_MS = 400;
const MOST_KEYS = 4;
const ROTATIONS = ['add', 'add', 'replace', 'rekey', 'ambiguous'];
const GOOD_TOKENS = 8;

const { seed, clientId, issuer } = workerData;
const chance = createChance(seed);
const stop = new AbortController();
parentPort.once('message', () => stop.abort());
const pause = (ms) => sleep(ms, undefined, { signal: stop.signal }).catch(() => {});
watchForStalls((stall) => parentPort.postMessage({ stall }));

/** Sources whose kids are the same and whose keys are not. */
const rings = Object.fromEntries(
  ['a', 'b', 'c', 'd'].map((source) => [source, { source, keys: [], sets: [] }]),
);
let keyCount = 0;

async function createKey(source, kid) {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
  });
  const { n, e } = publicKey.export({ format: 'jwk' });
  const jwk = { kty: 'RSA', kid, alg: 'RS256', use: 'sig', n, e };
  keyCount += 1;
  return { id: `${source}:${keyCount}`, kid, jwk, privateKey };
}

/** The tokens of one key: what a caller meets in the wild. */
function createTokens(source, { kid, privateKey }) {
  const seconds = Math.floor(Date.now() / 1_000);
  const base = { iss: issuer, aud: clientId, sub: 'user_1', iat: seconds, exp: seconds + 3_600 };
  const token = (changes, header = {}) => {
    const parts = [
      { alg: 'RS256', kid, ...header },
      { ...base, ...changes },
    ];
    const input = parts
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`;
  };
  const fine = Array.from({ length: GOOD_TOKENS }, (_, jti) => token({ jti: `${jti}` }));
  const [header, payload, signature] = fine[0].split('.');
  const other = token({ sub: 'user_2' });
  const bad = [
    token({ exp: seconds - 3_600 }),
    token({ aud: 'client_other' }),
    token({ iss: 'https://issuer.example' }),
    token({ sub: '' }),
    `${header}.${other.split('.')[1]}.${signature}`,
    `${header}.${payload}.${Buffer.alloc(256, 1).toString('base64url')}`,
    `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`,
  ];
  // Signed by a key that is published, in the name of another or of none.
  const nameless = () => ({ kid: `kid_never_${chance.between(1, 1e9)}` });
  const unknown = [
    token({}, nameless()),
    token({ iss: 'https://issuer.example' }, nameless()),
    token({}, { kid: `kid_${chance.between(1, 9)}` }),
  ];
  return [
    ...fine.map((text) => ({ source, text, isGood: true })),
    ...bad.map((text) => ({ source, text })),
    ...unknown.map((text) => ({ source, text, isUnknown: true })),
  ];
}

function publish(ring) {
  const keys = ring.keys.map(({ id, kid }) => ({ id, kid }));
  ring.sets.push({ at: now(), keys });
  parentPort.postMessage({ published: { source: ring.source, at: now(), keys } });
}

/** A new key; under an old name, beside the one that has it, or in place of the oldest. */
async function rotate(ring, number) {
  const how = ring.source === 'd' ? 'rekey' : chance.pick(ROTATIONS);
  const victim = chance.pick(ring.keys);
  const takesName = victim && (how === 'rekey' || how === 'ambiguous');
  const key = await createKey(ring.source, takesName ? victim.kid : `kid_${number}`);
  const { id, kid, jwk } = key;
  parentPort.postMessage({ key: { source: ring.source, id, kid, jwk } });
  parentPort.postMessage({ tokens: createTokens(ring.source, key) });
  await sleep(EARLY_MS);
  // One that was ambiguous until now is no longer.
  const names = ring.keys.map((one) => one.kid);
  ring.keys = ring.keys.filter((one, index) => names.lastIndexOf(one.kid) === index);
  if (how === 'rekey') ring.keys = ring.keys.filter((one) => one !== victim);
  if (how === 'replace' || ring.keys.length >= MOST_KEYS) ring.keys.shift();
  if (chance.happens(0.5)) ring.keys.push(key);
  else ring.keys.unshift(key);
  publish(ring);
}

async function rotateForever(ring) {
  for (let number = 1; !stop.signal.aborted; number += 1) {
    const next = pause(ROTATION_MS);
    await rotate(ring, number);
    await next;
  }
}

/** Times of health and times of one fault; in healthy ones too, not every answer is good. */
let fault;
async function failForever() {
  while (!stop.signal.aborted) {
    fault = undefined;
    await pause(chance.between(2_000, 7_000));
    fault = chance.pick(Object.keys(FAULTS));
    await pause(chance.between(300, chance.happens(0.15) ? 6_000 : 1_500));
  }
}

function choose() {
  if (fault !== undefined) return fault;
  return chance.happens(0.04) ? chance.pick(Object.keys(FAULTS)) : 'none';
}

/** A set of two keys under one name holds none that can be used, which is a failure. */
function isUsable({ keys }) {
  return keys.some((key) => keys.every((other) => other === key || other.kid !== key.kid));
}

let answerCount = 0;
const server = createServer((request, response) => {
  const source = request.url?.slice(1);
  const ring = rings[source];
  answerCount += 1;
  const name = choose();
  const answer = { number: answerCount, source, fault: name, arrivedAt: now() };
  answer.set = ring.sets.length - 1;
  const jwks = { keys: ring.keys.map(({ jwk }) => jwk) };
  const tag = `"${source}-${answer.set}"`;
  // A finished answer is good from its last byte on; the end of the connection ends every other.
  response.once('finish', () => (answer.finishedAt = now()));
  response.once('close', () => parentPort.postMessage({ answer: { ...answer, closedAt: now() } }));
  const { act, isGood = false, retryAfterMs } = FAULTS[name] ?? { act: good, isGood: true };
  Object.assign(answer, { isGood: isGood && isUsable(ring), retryAfterMs });
  act(response, { request, jwks, tag, chance });
});
server.keepAliveTimeout = 1;
await once(server.listen(0, '127.0.0.1'), 'listening');
for (const ring of Object.values(rings)) await rotate(ring, 0);
parentPort.postMessage({ ready: { port: server.address().port } });

await Promise.all([...Object.values(rings).map(rotateForever), failForever()]);
server.closeAllConnections();
server.close();
// The last answers are told of when their connections have ended.
await sleep(50);
process.exit();

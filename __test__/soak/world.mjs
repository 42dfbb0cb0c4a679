// @ts-nocheck: written without types.
// The thread of the issuer: it rotates keys, signs tokens good and bad, answers for the keys or fails
// to, and writes down when it did what.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { createChance, now, watchForStalls } from './chance.mjs';
import { FAULTS, good } from './faults.mjs';
import { newKey } from './new-key.mjs';
import { MISSING, tokensOf } from './tokens.mjs';

const ROTATION_MS = 3_000;
/** How long before its key a token is already in use: a kid that nobody has published. */
const EARLY_MS = 400;
const MOST_KEYS = 4;
const ROTATIONS = ['add', 'add', 'replace', 'rekey', 'ambiguous'];
/** By source. */
const ALGORITHMS = { a: 'RS256', b: 'ES256', c: 'RS256', d: 'ES256' };

const { seed, clientId, issuer } = workerData;
const chance = createChance(seed);
const stop = new AbortController();
parentPort.once('message', () => stop.abort());
const pause = (ms) => sleep(ms, undefined, { signal: stop.signal }).catch(() => {});
watchForStalls((stall) => parentPort.postMessage({ stall }));

/** Sources whose kids are the same and whose keys are not. */
const rings = Object.fromEntries(
  Object.entries(ALGORITHMS).map(([source, alg]) => [source, { source, alg, keys: [], sets: [] }]),
);
let keyCount = 0;

async function createKey({ source, alg }, kid) {
  const key = await newKey(alg, kid);
  keyCount += 1;
  return { ...key, source, id: `${source}:${keyCount}` };
}

function publish(ring) {
  const keys = ring.keys.map(({ id, kid, alg }) => ({ id, kid, alg }));
  ring.sets.push({ at: now(), keys });
  parentPort.postMessage({ published: { source: ring.source, at: now(), keys } });
}

/** A new key; under an old name, beside the one that has it, or in place of the oldest. */
async function rotate(ring, number) {
  const how = ring.source === 'd' ? 'rekey' : chance.pick(ROTATIONS);
  const victim = chance.pick(ring.keys);
  const takesName = victim && (how === 'rekey' || how === 'ambiguous');
  const key = await createKey(ring, takesName ? victim.kid : `kid_${number}`);
  parentPort.postMessage({ key });
  parentPort.postMessage({ tokens: tokensOf(key, { clientId, issuer, chance }) });
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
parentPort.postMessage({ tokens: [MISSING] });
for (const ring of Object.values(rings)) await rotate(ring, 0);
parentPort.postMessage({ ready: { port: server.address().port } });

await Promise.all([...Object.values(rings).map(rotateForever), failForever()]);
server.closeAllConnections();
server.close();
// The last answers are told of when their connections have ended.
await sleep(50);
process.exit();

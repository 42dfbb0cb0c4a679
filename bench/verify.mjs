// New tokens, one after another and 64 in flight: this package beside jose with a remote key set (as
// @workos-inc/node uses it) and beside the bare signature check. All contenders take turns within
// one run, so that only what the machine does to all of them alike is in the ratios.
import { createPublicKey, verify as verifySignature } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { createWorkosVerifier } from '../index.js';
import { createTestIssuer } from '../js/testing.js';

/** More than the verified-token cache holds, so that each token is new to it when its turn comes. */
const TOKENS = 3_000;
const ROUNDS = 15;
const PER_ROUND = 600;
const IN_FLIGHT = 64;

const issuer = createTestIssuer();
await issuer.listen();
const tokens = await mintTokens();
const contenders = await makeContenders();
const workloads = { 'one after another': oneAfterAnother, [`${IN_FLIGHT} in flight`]: inFlight };

for (const [name, workload] of Object.entries(workloads)) {
  const samples = new Map(contenders.map(({ name }) => [name, []]));
  for (let round = -2; round < ROUNDS; round += 1) {
    for (const contender of contenders) {
      const sample = await measure(() => workload(contender, nextTokens(contender)));
      if (round >= 0) samples.get(contender.name).push(sample);
    }
  }
  print(name, samples);
}
await issuer.close();

async function mintTokens() {
  const claims = {
    org_id: 'org_01HXYZ',
    role: 'member',
    roles: ['member'],
    permissions: ['posts:read', 'posts:write'],
  };
  const minted = [];
  for (let index = 0; index < TOKENS; index += 1)
    minted.push(await issuer.sign(claims, { expiresInSeconds: 3_600 }));
  return minted;
}

async function makeContenders() {
  const verifier = createWorkosVerifier(issuer.options);
  await verifier.ready();
  const keys = createRemoteJWKSet(new URL(issuer.jwksUrl));
  const options = { issuer: issuer.issuer, audience: issuer.audience, algorithms: ['RS256'] };
  const key = createPublicKey({ key: issuer.jwks.keys[0], format: 'jwk' });
  return [
    { name: 'verify-workos-token', verify: (token) => verifier.verify(token) },
    { name: 'jose', verify: (token) => jwtVerify(token, keys, options) },
    { name: 'crypto.verify alone', verify: (token) => bareSignature(token, key) },
  ].map((contender) => ({ ...contender, next: 0 }));
}

function bareSignature(token, key) {
  const end = token.lastIndexOf('.');
  const good = verifySignature(
    'sha256',
    Buffer.from(token.slice(0, end)),
    key,
    Buffer.from(token.slice(end + 1), 'base64url'),
  );
  if (!good) throw new Error('refused');
}

function nextTokens(contender) {
  return Array.from({ length: PER_ROUND }, () => tokens[contender.next++ % TOKENS]);
}

async function oneAfterAnother({ verify }, batch) {
  for (const token of batch) await verify(token);
}

async function inFlight({ verify }, batch) {
  for (let start = 0; start < batch.length; start += IN_FLIGHT) {
    await Promise.all(batch.slice(start, start + IN_FLIGHT).map(verify));
  }
}

async function measure(work) {
  const before = reading();
  await work();
  const after = reading();
  const each = (name) => (after[name] - before[name]) / PER_ROUND;
  return { wall: each('wall'), main: each('main'), total: each('total') };
}

/** Microseconds: wall clock, CPU of the main thread (Linux only), CPU of the whole process. */
function reading() {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now() * 1_000, main: mainThreadMicroseconds(), total: user + system };
}

function mainThreadMicroseconds() {
  if (process.platform !== 'linux') return Number.NaN;
  return (
    Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1_000
  );
}

function print(workload, samples) {
  console.log(
    `\nnew tokens, ${workload}: us per token, median of ${ROUNDS} rounds (lowest to highest)`,
  );
  const reference = new Map(
    ['wall', 'main', 'total'].map((name) => [name, middle(samples.get('jose'), name)]),
  );
  for (const [contender, all] of samples) {
    const cells = ['wall', 'main', 'total'].map((name) => {
      const values = all.map((sample) => sample[name]).sort((a, b) => a - b);
      const ratio = middle(all, name) / reference.get(name);
      return `${name} ${middle(all, name).toFixed(1)} (${values[0].toFixed(1)} to ${values.at(-1).toFixed(1)}) ${ratio.toFixed(2)} x jose`;
    });
    console.log(`  ${contender.padEnd(20)} ${cells.join(' | ')}`);
  }
}

function middle(samples, name) {
  const values = samples.map((sample) => sample[name]).sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)];
}

import { spawn } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createWorkosVerifier } from '../../index.js';
import { answerQuestions, environment } from './child.mjs';

const IN_FLIGHT = 64;
const CLIENT_ID = 'client_memory';
const KID = 'memory';
const ISSUER = `https://api.workos.com/user_management/${CLIENT_ID}`;
const SIGNATURE_BYTES = 64;
const MINT = fileURLToPath(new URL('./memory-mint.mjs', import.meta.url));

const { privateKey, publicKey } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const jwk = { ...createPublicKey(publicKey).export({ format: 'jwk' }), kid: KID, use: 'sig' };
const { verify } = createWorkosVerifier({
  clientId: CLIENT_ID,
  jwks: { keys: [jwk] },
  algorithms: ['ES256'],
});
const SOURCES = { forged, good: minted };

answerQuestions(async (question) => question && course(question));

/** Megabytes after a collection, at equal distances: resident, of V8's heap, and outside of that. */
async function course({ kind, tokens, samplesEvery }) {
  const samples = [];
  let done = 0;
  let batch = [];
  for await (const token of SOURCES[kind](tokens)) {
    batch.push(token);
    if (batch.length < IN_FLIGHT && done + batch.length < tokens) continue;
    const accepted = await countAccepted(batch);
    if (accepted !== (kind === 'good' ? batch.length : 0)) {
      throw new Error(`${accepted} of ${batch.length} ${kind} tokens were accepted`);
    }
    done += batch.length;
    batch = [];
    if (done >= (samples.length + 1) * samplesEvery) {
      globalThis.gc();
      const { rss, heapTotal, heapUsed } = process.memoryUsage();
      const bytes = { rss, heap: heapTotal, used: heapUsed, outside: rss - heapTotal };
      const megabytes = Object.entries(bytes).map(([name, size]) => [name, size / 1e6]);
      samples.push({ tokens: done, ...Object.fromEntries(megabytes) });
    }
  }
  return samples;
}

async function countAccepted(batch) {
  const outcomes = await Promise.allSettled(batch.map((token) => verify(token)));
  return outcomes.filter(({ status }) => status === 'fulfilled').length;
}

/** Right in everything but the signature, which is chance. */
async function* forged(count) {
  const header = encode({ alg: 'ES256', kid: KID });
  for (let index = 0; index < count; index += 1) {
    const signature = randomBytes(SIGNATURE_BYTES).toString('base64url');
    yield `${header}.${encode(claims())}.${signature}`;
  }
}

/** By a process of its own: what signing leaves in memory must not be measured. */
async function* minted(count) {
  const input = JSON.stringify({ privateKey, kid: KID, claims: claims(), count });
  const child = spawn(process.execPath, [MINT, input], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let rest = '';
  for await (const text of child.stdout.setEncoding('latin1')) {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    yield* lines;
  }
}

function claims() {
  const exp = Math.floor(Date.now() / 1_000) + 6 * 3_600;
  return {
    iss: ISSUER,
    aud: CLIENT_ID,
    sub: 'user_01J9Z3K4M5N6P7Q8R9S0T1V2W3',
    jti: randomUUID(),
    org_id: 'org_01J9Z3K4M5N6P7Q8R9S0T1V2W3',
    permissions: ['posts:read', 'posts:write'],
    exp,
  };
}

function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

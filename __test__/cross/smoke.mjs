// Whether the binary in place works on the platform that runs this: every algorithm, keys over HTTP, a
// burst, refusals, and 20 lives of worker threads, some of which end in the middle of their calls. It
// needs nothing but Node, and prints a line for each part.
import { Worker } from 'node:worker_threads';
import { createWorkosVerifier, verifyWorkosToken } from 'verify-workos-token';
import { createTestIssuer } from 'verify-workos-token/testing';

/** @typedef {import('verify-workos-token/testing').TestAlgorithm} Algorithm */

/** @type {readonly Algorithm[]} */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'EdDSA',
];
const BURST = 200;
const LIVES = 20;
const TOKENS_PER_LIFE = 8;
const WORKER = new URL('../support/worker.mjs', import.meta.url);

for (const algorithm of ALGORITHMS) await judge(algorithm);
await fetchAndBurst();
await liveAndDie();
console.log(`${process.platform}-${process.arch}, Node ${process.versions.node}: all right`);

/** A token that is genuine, and one that is not. @param {Algorithm} algorithm */
async function judge(algorithm) {
  const issuer = createTestIssuer({ algorithm });
  const { sub } = await verifyWorkosToken(await issuer.sign({ sub: 'user_1' }), issuer.options);
  const refused = await codeOf(verifyWorkosToken(await issuer.wrongKey(), issuer.options));
  const expired = await codeOf(verifyWorkosToken(await issuer.expired(), issuer.options));
  expect(algorithm, [sub, refused, expired], ['user_1', 'INVALID_SIGNATURE', 'TOKEN_EXPIRED']);
}

async function fetchAndBurst() {
  const issuer = createTestIssuer();
  await issuer.listen();
  try {
    const verifier = createWorkosVerifier(issuer.options);
    const tokens = await Promise.all(
      Array.from({ length: BURST }, (_, index) => issuer.sign({ sub: `user_${index}` })),
    );
    const claims = await Promise.all(tokens.map((token) => verifier.verify(token)));
    const right = claims.filter(({ sub }, index) => sub === `user_${index}`).length;
    const again = verifier.verifySync(String(tokens[0])).sub;
    const { fetches } = verifier.stats();
    expect('keys over HTTP, and a burst', [right, again, fetches], [BURST, 'user_0', 1]);
  } finally {
    await issuer.close();
  }
}

async function liveAndDie() {
  const issuer = createTestIssuer();
  await issuer.listen();
  try {
    const tokens = await Promise.all(
      Array.from({ length: TOKENS_PER_LIFE }, (_, index) => issuer.sign({ sub: `user_${index}` })),
    );
    let whole = 0;
    for (let life = 0; life < LIVES; life += 1) {
      const settled = await oneLife({ tokens, options: issuer.options }, life % 2 === 1);
      whole += settled === TOKENS_PER_LIFE ? 1 : 0;
    }
    expect('lives of worker threads', [whole], [LIVES / 2]);
  } finally {
    await issuer.close();
  }
}

/**
 * How many of its tokens were accepted; none where it is ended in the middle.
 *
 * @param {object} workerData
 * @param {boolean} isCutShort
 * @returns {Promise<number>}
 */
function oneLife(workerData, isCutShort) {
  const worker = new Worker(WORKER, { workerData });
  return new Promise((resolve, reject) => {
    let accepted = 0;
    worker.on('message', (message) => {
      if (message !== 'calling') accepted = isCutShort ? 0 : message.filter(isUser).length;
      else if (isCutShort) worker.terminate();
    });
    worker.once('error', reject).once('exit', () => resolve(accepted));
  });
}

/** @param {string} outcome */
function isUser(outcome) {
  return outcome.startsWith('user_');
}

/** @param {Promise<unknown>} refused @returns {Promise<string | undefined>} */
function codeOf(refused) {
  return refused.then(
    () => undefined,
    ({ code }) => code,
  );
}

/**
 * @param {string} part
 * @param {unknown[]} found
 * @param {unknown[]} wanted
 */
function expect(part, found, wanted) {
  const [is, must] = [found, wanted].map((values) => JSON.stringify(values));
  if (is !== must) throw new Error(`${part}: ${is} in place of ${must}`);
  console.log(part);
}

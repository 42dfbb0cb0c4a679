// A process whose trust roots come late, or never from one of its threads.
// Argument: JSON of `mode`, `token` and `options`. Says as JSON what happened.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const require = createRequire(import.meta.url);
const { createApi, withoutPackage } = require(
  fileURLToPath(new URL('../../dist/index.cjs', import.meta.url)),
);
const { createWorkosVerifier } = createApi(
  withoutPackage(undefined, fileURLToPath(new URL('../..', import.meta.url))),
);

const READING_MS = 500;
const text = isMainThread ? process.argv[2] : workerData;
const { mode, token, options } = JSON.parse(text);
const roots = tls.rootCertificates.concat(options.jwksCache?.ca ?? []);
/** @type {{ getCACertificates?: (type: string) => string[] }} */
const trust = /** @type {any} */ (tls);

/** @type {Record<string, () => Promise<object>>} */
const MODES = {
  /** Roots that take long to read. */
  async slow() {
    let handedAt = 0;
    trust.getCACertificates = () => {
      sleep(READING_MS);
      handedAt = Date.now();
      return roots;
    };
    const outcome = await outcomeOf(createWorkosVerifier(options));
    return { outcome, handedAt };
  },

  /** Roots that can't be read the first time. */
  async missed() {
    trust.getCACertificates = () => {
      trust.getCACertificates = () => roots;
      throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    };
    const verifier = createWorkosVerifier(options);
    const start = Date.now();
    const failed = await outcomeOf(verifier);
    return { failed, ms: Date.now() - start, outcome: await later(verifier) };
  },

  /** A worker that ends while it reads roots; the main thread then needs the same keys. */
  async joined() {
    await endWorkerThatReads();
    const start = Date.now();
    const outcome = await outcomeOf(createWorkosVerifier(options));
    return { outcome, ms: Date.now() - start };
  },

  /** The same, and nobody needs them for now. */
  async alone() {
    const verifier = createWorkosVerifier(options);
    const start = Date.now();
    await endWorkerThatReads();
    while (verifier.stats().fetchFailures === 0) await new Promise((done) => setTimeout(done, 20));
    const ms = Date.now() - start;
    return { failed: await outcomeOf(verifier), ms, outcome: await later(verifier) };
  },
};

if (isMainThread) {
  console.log(JSON.stringify(await MODES[mode]()));
} else {
  trust.getCACertificates = () => {
    parentPort?.postMessage('reads');
    sleep(60_000);
    return roots;
  };
  createWorkosVerifier(options).verify(token);
}

async function endWorkerThatReads() {
  const worker = new Worker(new URL(import.meta.url), { workerData: text });
  await once(worker, 'message');
  await worker.terminate();
}

/** @param {import('verify-workos-token').WorkosVerifier} verifier */
function outcomeOf(verifier) {
  return verifier.verify(token).then(
    ({ sub }) => sub,
    (error) => error.cause?.code ?? error.code,
  );
}

/** @param {import('verify-workos-token').WorkosVerifier} verifier */
async function later(verifier) {
  await new Promise((done) => setTimeout(done, 1_000));
  return outcomeOf(verifier);
}

/** @param {number} milliseconds */
function sleep(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

// A process that verifies, and tells what it cost in trust roots.
// Argument: JSON of `token`; `steps`, each a way to verify and its options; and `roots`, what
// `tls.getCACertificates` shall give, or null for a Node without that function; `extra`, what it gives
// of NODE_EXTRA_CA_CERTS; `polluted`, what every object inherits.
// Says for each step its outcome, how often Node was asked for its roots by then, and how often they
// were handed over.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import fs from 'node:fs';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const require = createRequire(import.meta.url);
const { createApi, withoutPackage } = require(
  fileURLToPath(new URL('../../dist/index.cjs', import.meta.url)),
);

const text = isMainThread ? process.argv[2] : workerData;
const { token, steps, roots, extra, polluted } = JSON.parse(text);
Object.assign(Object.prototype, polluted);
const counts = { asked: /** @type {string[]} */ ([]), handedOver: 0 };

let isStarved = false;
const readFileSync = fs.readFileSync;
/** @type {(...args: any[]) => any} */
const counted = (file, ...rest) => {
  if (file === process.env.NODE_EXTRA_CA_CERTS) {
    if (isStarved) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    counts.asked.push('NODE_EXTRA_CA_CERTS');
  }
  return readFileSync(file, ...rest);
};
fs.readFileSync = counted;
/** @typedef {{ getCACertificates?: ((type: string) => string[]) | undefined }} Trust */
// In the types of Node 20 there is no such function.
const trust = /** @type {Trust} */ (/** @type {unknown} */ (tls));
const { getCACertificates } = trust;
trust.getCACertificates =
  roots === null || (roots === undefined && getCACertificates === undefined)
    ? undefined
    : (type) => {
        counts.asked.push(type);
        return (type === 'extra' ? extra : roots) ?? getCACertificates?.(type) ?? [];
      };

const binding = withoutPackage(undefined, fileURLToPath(new URL('../..', import.meta.url)));
const { createWorkosVerifier, verifyWorkosToken } = createApi({
  ...binding,
  setTrustRoots(/** @type {string[]} */ handed) {
    counts.handedOver += 1;
    binding.setTrustRoots(handed);
  },
});

/** @type {Record<string, (options: import('verify-workos-token').WorkosTokenOptions) => Promise<any>>} */
const WAYS = {
  create: async (options) => void createWorkosVerifier(options),
  sync: async (options) => createWorkosVerifier(options).verifySync(token),
  ready: (options) => createWorkosVerifier(options).ready(),
  verify: (options) => createWorkosVerifier(options).verify(token),
  call: (options) => verifyWorkosToken(token, options),
  async starved(options) {
    isStarved = true;
    return createWorkosVerifier(options)
      .verify(token)
      .finally(() => (isStarved = false));
  },
  malformed: (options) => verifyWorkosToken('x.y', options),
  async worker(options) {
    const steps = [{ how: 'call', options }];
    const file = new URL(import.meta.url);
    const worker = new Worker(file, { workerData: JSON.stringify({ token, roots, steps }) });
    const [[step]] = await once(worker, 'message');
    counts.asked.push(...step.asked);
    counts.handedOver += step.handedOver;
    return { sub: step.outcome };
  },
};

const said = [];
for (const { how, options } of steps) {
  const outcome = await WAYS[how](options).then(
    (claims) => claims?.sub ?? 'done',
    (error) => error.cause?.code ?? error.code,
  );
  said.push({ outcome, asked: [...counts.asked], handedOver: counts.handedOver });
}
if (isMainThread) console.log(JSON.stringify(said));
else parentPort?.postMessage(said);

// A process that verifies one token, whose key is there, and waits for the refresh that this starts.
// Argument: JSON of `token`, `options` and `method`. Says what became of the refresh.
import { setTimeout } from 'node:timers/promises';
import { createWorkosVerifier, verifyWorkosToken } from 'verify-workos-token';

const { token, options, method } = JSON.parse(process.argv[2] ?? '');
const verifier = createWorkosVerifier(options);
/** @type {Record<string, () => unknown>} */
const METHODS = {
  verify: () => verifier.verify(token),
  verifyDetailed: () => verifier.verifyDetailed(token),
  verifySync: () => verifier.verifySync(token),
  verifyWorkosToken: () => verifyWorkosToken(token, options),
  explain: () => verifier.explain(token),
};
const started = Date.now();
await METHODS[method]?.();
const deadline = Date.now() + 20_000;
let stats = verifier.stats();
while ((stats.lastFetchAt ?? 0) < started && stats.fetchFailures === 0 && Date.now() < deadline) {
  await setTimeout(10);
  stats = verifier.stats();
}
console.log(JSON.stringify({ fetches: stats.fetches, failures: stats.fetchFailures }));

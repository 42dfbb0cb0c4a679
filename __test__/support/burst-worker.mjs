// Has bursts of tokens verified without end, until it is terminated.
import { parentPort, workerData } from 'node:worker_threads';
import { createWorkosVerifier } from 'verify-workos-token';

/** @type {{ tokens: string[], options: import('verify-workos-token').WorkosTokenOptions }} */
const { tokens, options } = workerData;
const verifier = createWorkosVerifier(options);
for (;;) {
  const burst = Promise.all(tokens.map((token) => verifier.verify(token)));
  parentPort?.postMessage('started');
  await burst;
}

// Has bursts of tokens verified without end, until it is terminated.
import { parentPort, workerData } from 'node:worker_threads';
import { createWorkosVerifier } from 'verify-workos-token';

const verifier = createWorkosVerifier(workerData.options);
for (;;) {
  const burst = Promise.all(workerData.tokens.map((token) => verifier.verify(token)));
  parentPort.postMessage('started');
  await burst;
}

// A worker thread that verifies `workerData.tokens`, each in its own call, all at once.
import { parentPort, workerData } from 'node:worker_threads';
import { createWorkosVerifier, verifyWorkosToken } from 'verify-workos-token';

/** @type {{ tokens: string[], options: import('verify-workos-token').WorkosTokenOptions }} */
const { tokens, options } = workerData;
const verifier = createWorkosVerifier(options);
const calls = tokens.map((token, index) =>
  index % 2 === 0 ? verifier.verify(token) : verifyWorkosToken(token, options),
);
parentPort?.postMessage('calling');
const outcomes = await Promise.allSettled(calls);
parentPort?.postMessage(
  outcomes.map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value.sub : outcome.reason.code,
  ),
);

// A process that starts and ends worker threads whose calls wait, at every moment of a fetch.
// Arguments: the number of workers, a token, and the key set that is good for it.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Worker } from 'node:worker_threads';
import { createWorkosVerifier } from 'verify-workos-token';

const [, , count, token, keySet] = process.argv;
const server = createServer(({ url = '' }, response) => {
  const index = Number(url.slice(1));
  // Some answers come before the worker's end, some after it, and some of those that no other waits for
  // never.
  const delayMs = (index * 7) % 40;
  if (isShared(index) || index % 5 !== 0) setTimeout(() => response.end(keySet), delayMs);
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());

const optionsOf = (/** @type {number} */ name) => ({
  clientId: 'client_test',
  jwksUrl: `http://127.0.0.1:${port}/${name}`,
  jwksCache: { timeoutMs: 20_000 },
});

/**
 * Every second worker shares its source with the main thread, which goes on.
 *
 * @param {number} index
 */
function isShared(index) {
  return index % 2 === 0;
}

/** @param {number} index */
async function startAndEnd(index) {
  const options = optionsOf(index);
  const file = new URL('./worker.mjs', import.meta.url);
  const workerData = { tokens: Array(20).fill(token), options };
  const worker = new Worker(file, { workerData });
  await once(worker, 'message');
  // Handled from the start: on a busy machine it can fail before the worker has ended.
  const shared = isShared(index)
    ? outcomeOf(createWorkosVerifier(options).verify(token))
    : undefined;
  await new Promise((resolve) => setTimeout(resolve, (index * 3) % 30));
  await worker.terminate();
  return (await shared) ?? 'ended';
}

/** @param {Promise<{ sub: string }>} call */
function outcomeOf(call) {
  return call.then(
    ({ sub }) => sub,
    (error) => error.code,
  );
}

const outcomes = [];
for (let index = 0; index < Number(count); index += 5) {
  const batch = Array.from({ length: 5 }, (_, offset) => startAndEnd(index + offset));
  outcomes.push(...(await Promise.all(batch)));
}
server.closeAllConnections();
server.close();
console.log(JSON.stringify(outcomes));

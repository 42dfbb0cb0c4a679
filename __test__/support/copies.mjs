// A process with several copies of the package, which call at the same time; then workers with some.
// Argument: a file with JSON of `files`, the entry of each copy, `tokens`, `jwks`, and how many requests
// are waited for. Says what came of it.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const given = isMainThread ? JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) : workerData;
const { files, tokens, jwks } = given;
const require = createRequire(import.meta.url);
/** @type {(typeof import('verify-workos-token'))[]} */
const copies = files.map((/** @type {string} */ file) => require(file));

if (isMainThread) await main();
else parentPort?.postMessage(await callAll(workerData.jwksUrl));

async function main() {
  let requests = 0;
  // Held back until every copy has asked.
  /** @type {import('node:http').ServerResponse[]} */
  const waiting = [];
  const server = createServer((_, response) => {
    requests += 1;
    waiting.push(response);
    if (requests < given.requests) return;
    for (const one of waiting.splice(0)) one.end(JSON.stringify(jwks));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const jwksUrl = `http://127.0.0.1:${port}/`;
  const own = await callAll(jwksUrl);
  const workers = [1, 2].map(
    () => new Worker(new URL(import.meta.url), { workerData: { ...given, jwksUrl } }),
  );
  const ends = workers.map((worker) => once(worker, 'exit'));
  const inWorkers = await Promise.all(workers.map((worker) => once(worker, 'message')));
  const codes = await Promise.all(ends);
  const said = { own, inWorkers: inWorkers.flat(), codes: codes.flat(), requests };
  server.closeAllConnections();
  server.close();
  console.log(JSON.stringify(said));
}

/** @param {string} jwksUrl */
async function callAll(jwksUrl) {
  const burst = { clientId: 'client_test', jwks, verifiedTokenCache: false };
  const fetching = { clientId: 'client_test', jwksUrl };
  const subjects = await Promise.all(
    copies.map(async ({ verifyWorkosToken }) => {
      const calls = [fetching, burst].flatMap((options) =>
        tokens.map((/** @type {string} */ token) => verifyWorkosToken(token, options)),
      );
      return (await Promise.all(calls)).filter(({ sub }) => sub === 'user_1').length;
    }),
  );
  const errors = await Promise.all(
    copies.map(({ verifyWorkosToken }) => verifyWorkosToken('x', burst).catch(Object)),
  );
  const known = copies.every(({ WorkosTokenError }) =>
    errors.every((/** @type {unknown} */ error) => error instanceof WorkosTokenError),
  );
  return { subjects, known };
}

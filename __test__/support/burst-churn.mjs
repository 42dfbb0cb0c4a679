// A process whose workers are terminated in the midst of bursts; then one that exits in one.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createWorkosVerifier } from 'verify-workos-token';

const { jwks, tokens } = JSON.parse(process.argv[2]);
const options = { clientId: 'client_test', jwks, verifiedTokenCache: false };
const verifier = createWorkosVerifier(options);
let ended = 0;
for (let index = 0; index < 20; index += 1) {
  const file = new URL('./burst-worker.mjs', import.meta.url);
  const worker = new Worker(file, { workerData: { options, tokens } });
  for (let message = 0; message <= index % 4; message += 1) await once(worker, 'message');
  const mine = verifier.verify(tokens[0]);
  await worker.terminate();
  if ((await mine).sub === 'user_1') ended += 1;
}
for (const token of tokens) verifier.verify(token);
process.on('exit', () => console.log(ended));
process.exit();

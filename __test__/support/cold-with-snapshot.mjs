// A cold process whose key server never responds: what it takes to verify one token.
import { createWorkosVerifier } from 'verify-workos-token';

const { token, options } = JSON.parse(process.argv[2] ?? '');
const verifier = createWorkosVerifier(options);
const started = performance.now();
const outcome = await verifier.verify(token).then(
  ({ sub }) => sub,
  ({ code }) => code,
);
const milliseconds = performance.now() - started;
const { fetches, snapshots } = verifier.stats();
const exported = verifier.exportKeys();
console.log(JSON.stringify({ outcome, milliseconds, fetches, snapshots, exported }));

// A process that is stopped while a call waits for keys. What arrives on its channel meanwhile is read
// first when it goes on: a call that comes at that very moment.
import { createWorkosVerifier } from 'verify-workos-token';

const { JWKS_URL, TOKEN = '', JWKS_CACHE = '{}' } = process.env;
const jwksCache = JSON.parse(JWKS_CACHE);
const verifier = createWorkosVerifier({ clientId: 'client_test', jwksUrl: JWKS_URL, jwksCache });

async function call() {
  const started = performance.now();
  const outcome = await verifier.verify(TOKEN).then(
    () => 'accepted',
    (error) => `${error.code} ${error.cause?.code}`,
  );
  return { outcome, tookMs: performance.now() - started };
}

/** @type {ReturnType<typeof call>[]} */
const calls = [];
process.on('message', async (message) => {
  if (message === 'call') calls.push(call());
  if (message === 'report') {
    const outcomes = await Promise.all(calls.splice(0));
    process.send?.({ outcomes, stats: verifier.stats() });
  }
  if (message === 'end') process.disconnect();
});
process.send?.('ready');

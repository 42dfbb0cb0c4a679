// Asks 1,400 sources, all of which ask for a pause, and then the first hundred again.
import { setTimeout as sleep } from 'node:timers/promises';
import { verifyWorkosToken } from 'verify-workos-token';

const { JWKS_URL, TOKEN = '' } = process.env;
const SOURCES = 1_400;
const STEP = 100;
const codes = new Set();

for (const from of [...Array(SOURCES / STEP).keys(), 0]) {
  const calls = Array.from({ length: STEP }, (_, index) =>
    verifyWorkosToken(TOKEN, {
      clientId: 'client_test',
      jwksUrl: `${JWKS_URL}/${from * STEP + index}`,
    }).catch(({ code }) => codes.add(code)),
  );
  await Promise.all(calls);
  // Verifiers that are no longer used let go of their sources.
  for (let round = 0; round < 2; round += 1) {
    globalThis.gc?.();
    await sleep(20);
  }
}
console.log(JSON.stringify([...codes]));

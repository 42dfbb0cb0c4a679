// Whether JavaScript's heap holds a cookie password, while the program holds it and afterwards.
import { getHeapSnapshot } from 'node:v8';
import { verifyWorkosSession, verifyWorkosToken } from 'verify-workos-token';
import { createTestIssuer } from 'verify-workos-token/testing';

// Put together here, so that the source doesn't hold it. The memory is searched for the first half.
const half = () => ['pass', 'word', 'in', 'memory'].join('-');
const makePassword = () => `${half()}-${Math.random()}`.padEnd(40, 'x');

async function isInMemory() {
  globalThis.gc?.();
  let text = '';
  let found = false;
  for await (const chunk of getHeapSnapshot()) {
    text = text.slice(-100) + chunk.toString('latin1');
    found ||= new RegExp(`${half()}-[0-9]`).test(text);
  }
  return found;
}

async function use() {
  const cookiePassword = makePassword();
  const issuer = createTestIssuer({ cookiePassword });
  const sealed = await issuer.seal();
  for (let round = 0; round < 3; round += 1) {
    for (const given of [cookiePassword, [cookiePassword]]) {
      await verifyWorkosSession(sealed, { ...issuer.options, cookiePassword: given });
      await verifyWorkosToken(await issuer.sign(), { ...issuer.options, cookiePassword: given });
    }
  }
  const whileHeld = await isInMemory();
  // So that it is held until here.
  return whileHeld && issuer.options.cookiePassword === cookiePassword;
}

const whileHeld = await use();
// A turn for what a promise still holds.
await new Promise((resolve) => setTimeout(resolve, 10));
console.log(JSON.stringify({ whileHeld, afterwards: await isInMemory() }));

// Node runs a program's `async_hooks` in the midst of a call, and these may call the verifier.
import { createHook } from 'node:async_hooks';
import { afterEach, expect, it } from 'vitest';
import { createWorkosVerifier } from '../index.js';
import { delayed, type FaultServer, keySet, startFaultServer } from './support/fault-server.js';
import { createSigner } from './support/jws.js';

const signer = createSigner();
let server: FaultServer | undefined;

afterEach(() => server?.close());

it('a hook that calls the verifier breaks neither its own call nor the one it is in', async () => {
  server = await startFaultServer(delayed(50, keySet(signer.jwks.keys)));
  const fixed = createWorkosVerifier(signer.options);
  const fetched = createWorkosVerifier({ clientId: 'client_test', jwksUrl: server.url });
  const nested: Promise<unknown>[] = [];
  let isNested = false;
  const hook = createHook({
    init(_id, type) {
      if (isNested || nested.length > 200 || type === 'PROMISE') return;
      isNested = true;
      nested.push(fetched.verify(signer.sign()), fetched.ready());
      for (let count = 0; count < 8; count += 1) nested.push(fixed.verify(signer.sign()));
      fixed.verifySync(signer.sign());
      isNested = false;
    },
  }).enable();
  try {
    const cold = [fetched.verify(signer.sign()), fetched.ready()];
    const burst = Array.from({ length: 32 }, () => fixed.verify(signer.sign()));
    await Promise.all([...cold, ...burst]);
  } finally {
    hook.disable();
  }
  expect(nested.length).toBeGreaterThan(0);
  await Promise.all(nested);
});

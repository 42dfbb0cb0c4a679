// Node runs a program's `async_hooks` in the midst of a call, and these may call the verifier. In a
// process of its own: a test runner's hooks come first.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { delayed, keySet, startFaultServer } from '../support/fault-server.js';
import { claims, createSigner } from '../support/jws.js';

it('a hook that calls the verifier breaks neither its own call nor the one it is in', async () => {
  const signer = createSigner();
  const server = await startFaultServer(delayed(50, keySet(signer.jwks.keys)));
  const tokens = Array.from({ length: 50 }, (_, jti) => signer.sign(claims({ jti: `${jti}` })));
  const env = {
    ...process.env,
    JWKS_URL: server.url,
    JWKS: JSON.stringify(signer.jwks),
    TOKENS: JSON.stringify(tokens),
  };
  const script = path.join(import.meta.dirname, '../support/async-hooks.mjs');
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script], { env });
    expect(JSON.parse(stdout)).toEqual({
      rounds: ['accepted', 'accepted', 'accepted'],
      nested: true,
      failed: [],
    });
  } finally {
    await server.close();
  }
});

// A refresh over TLS that starts behind a token which is accepted: it needs Node's trust roots as much as
// a fetch that a token waits for.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAuthority } from '../support/authority.js';
import { type FaultServer, keySet, startFaultServer } from '../support/fault-server.js';
import { CLIENT_ID, createSigner } from '../support/jws.js';
import { keySnapshot } from '../support/key-snapshot.js';

const SCRIPT = fileURLToPath(new URL('../support/behind.mjs', import.meta.url));
/** Beyond the ten minutes after which keys are refreshed, and within the hour that they are served for. */
const STALE_SECONDS = 3_000;

const signer = createSigner();
const authority = createAuthority();

let folder: string;
let server: FaultServer;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'behind-'));
  await writeFile(path.join(folder, 'authority.pem'), authority.pem);
  server = await startFaultServer(keySet(signer.jwks.keys), authority.issue());
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

it.each(['verify', 'verifyDetailed', 'verifySync', 'verifyWorkosToken', 'explain'])(
  '%s hands the roots over, though the snapshot has the key',
  async (method) => {
    const snapshot = keySnapshot(server.url, [signer.jwk], STALE_SECONDS);
    const options = { clientId: CLIENT_ID, jwksUrl: server.url, jwksCache: { snapshot } };
    const input = JSON.stringify({ token: signer.sign(), options, method });
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: path.join(folder, 'authority.pem') };
    const before = server.requests;
    const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, input], {
      env,
      timeout: 40_000,
    });
    expect(JSON.parse(stdout)).toEqual({ fetches: 1, failures: 0 });
    expect(server.requests).toBe(before + 1);
  },
  60_000,
);

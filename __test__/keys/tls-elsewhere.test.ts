// Requests over TLS that begin on another thread, or after the call that needs them has returned. They
// need Node's trust roots as much as others do, and no JavaScript runs where they begin.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAuthority } from '../support/authority.js';
import { type FaultServer, keySet, startFaultServer } from '../support/fault-server.js';
import { CLIENT_ID, claims, createSigner } from '../support/jws.js';
import { keySnapshot } from '../support/key-snapshot.js';

const SCRIPT = fileURLToPath(new URL('../support/elsewhere.mjs', import.meta.url));
/** More than are verified on the JavaScript thread in one burst. */
const BURST = 8;
/** As many as are verified there in one turn of the event loop. */
const TURN = 32;

const [known, rotated] = [createSigner('known'), createSigner('rotated')];
const authority = createAuthority();

let folder: string;
let server: FaultServer;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'elsewhere-'));
  await writeFile(path.join(folder, 'authority.pem'), authority.pem);
  server = await startFaultServer(keySet([known.jwk, rotated.jwk]), authority.issue());
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

function tokensOf(signer: typeof known, count: number): string[] {
  return Array.from({ length: count }, (_, index) => signer.sign(claims({ jti: `${index}` })));
}

async function run(method: string, options: object, tokens: string[]): Promise<unknown> {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: path.join(folder, 'authority.pem') };
  const input = JSON.stringify({ method, options, tokens });
  const running = promisify(execFile)(process.execPath, [SCRIPT, input], { env, timeout: 40_000 });
  return JSON.parse((await running).stdout);
}

/** Options with the keys of before the rotation. */
function beforeRotation() {
  const snapshot = keySnapshot(server.url, [known.jwk]);
  return { clientId: CLIENT_ID, jwksUrl: server.url, jwksCache: { snapshot } };
}

it.each([
  ['burst', BURST],
  ['row', TURN],
])(
  'a new key in a %s of tokens whose keys a snapshot has',
  async (method, count) => {
    const tokens = [...tokensOf(known, count), rotated.sign()];
    expect(await run(method, beforeRotation(), tokens)).toEqual(tokens.map(() => 'accepted'));
  },
  60_000,
);

it('the keys of one entry in a burst of tokens for another, whose keys are fixed', async () => {
  const issuer = 'https://other.example';
  const entries = [
    { name: 'fixed', issuer, audience: CLIENT_ID, jwks: known.jwks },
    { name: 'fetched', clientId: CLIENT_ID, jwksUrl: server.url },
  ];
  const fixed = Array.from({ length: BURST }, (_, index) =>
    known.sign(claims({ iss: issuer, jti: `${index}` })),
  );
  const tokens = [...fixed, rotated.sign()];
  expect(await run('burst', entries, tokens)).toEqual(tokens.map(() => 'accepted'));
}, 60_000);

// The runtimes come as npm packages for Linux on x64, glibc.
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthority } from '../support/authority.js';
import { type FaultServer, keySet, startFaultServer } from '../support/fault-server.js';
import { createSigner } from '../support/jws.js';
import { createProject, run } from './support/project.js';

const NODE = [
  [`Node ${process.versions.node.split('.')[0]}`, process.execPath],
  ['Node 22', 'node_modules/node22/bin/node'],
  ['Node 24', 'node_modules/node24/bin/node'],
  ['Node 26', 'node_modules/node26/bin/node'],
] as const;
const OTHERS = [
  ['Bun', 'node_modules/@oven/bun-linux-x64/bin/bun', 'run'],
  ['Deno', 'node_modules/@deno/linux-x64-glibc/deno', 'run', '--allow-all'],
] as const;

const authority = createAuthority();
const signer = createSigner();
let project: string;
let keyServer: FaultServer;

beforeAll(async () => {
  project = await createProject('runtimes');
  keyServer = await startFaultServer(keySet(signer.jwks.keys), authority.issue());
});

afterAll(() => keyServer?.close());

describe.each([...NODE, ...OTHERS])('%s', (runtime, ...command) => {
  const checked = {
    runtime,
    fixed: ['accepted', '401 INVALID_SIGNATURE'],
    fetched: ['accepted', '401 INVALID_SIGNATURE'],
    rotated: 'accepted',
    requests: 2,
    refused: '503 JWKS_FETCH_FAILED',
  };

  test.each(['import.mjs', 'require.cjs'])('verifies tokens: %s', async (file) => {
    expect(await outcomeOf(command, file)).toEqual(checked);
  });

  test('verifies tokens in workers', async () => {
    expect(await outcomeOf(command, 'workers.mjs')).toEqual([checked, checked, checked]);
  });

  test('trusts the authority that is named, and none that is not', async () => {
    const { url } = keyServer;
    const variables = { TOKEN: signer.sign(), JWKS_URL: url, AUTHORITY: authority.pem };
    expect(await outcomeOf(command, 'https.mjs', variables)).toEqual({
      sub: 'user_1',
      code: 'JWKS_FETCH_FAILED',
      cause: 'TLS_UNKNOWN_ISSUER',
    });
  });
});

describe.each(OTHERS)('the server of %s', (_, ...command) => {
  test('answers by way of the web adapter', async () => {
    const body = { error: 'invalid_token', code: 'INVALID_SIGNATURE' };
    expect(await outcomeOf(command, 'serve.mjs')).toEqual({
      good: { status: 200, challenge: null, body: { user: 'user_1' } },
      forged: { status: 401, challenge: 'Bearer error="invalid_token"', body },
      missing: {
        status: 401,
        challenge: 'Bearer',
        body: { error: 'unauthorized', code: 'MALFORMED_TOKEN' },
      },
    });
  });
});

/** What a file prints, under a runtime whose command stands in the project. */
async function outcomeOf(
  [command, ...flags]: readonly [string, ...string[]],
  file: string,
  variables?: Record<string, string>,
): Promise<unknown> {
  const program = path.resolve(project, command);
  return JSON.parse(await run(project, program, [...flags, file], variables));
}

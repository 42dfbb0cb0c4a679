// No descriptor or no thread for a fetch: that fetch fails, and a later one does not.
import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../support/authority.js';
import { type FaultServer, keySet, startFaultServer } from '../support/fault-server.js';
import { CLIENT_ID, createSigner } from '../support/jws.js';

const signer = createSigner();
const authority = createAuthority();
const DESCRIPTORS = 128;

let plain: FaultServer;
let secure: FaultServer;
beforeAll(async () => {
  plain = await startFaultServer(keySet(signer.jwks.keys));
  secure = await startFaultServer(keySet(signer.jwks.keys), authority.issue());
});
afterAll(() => Promise.all([plain.close(), secure.close()]));

const optionsOf = (jwksUrl: string) => ({
  clientId: CLIENT_ID,
  jwksUrl,
  allowInsecureJwksUrl: true,
  ...(jwksUrl.startsWith('https:') && { jwksCache: { ca: authority.pem } }),
});

async function run(lacks: string, meanwhile: string, before?: string, burst?: object) {
  const given = {
    token: signer.sign(),
    lacks,
    before: before && optionsOf(before),
    meanwhile: optionsOf(meanwhile),
    burst,
  };
  const script = fileURLToPath(new URL('../support/starved.mjs', import.meta.url));
  const command = `ulimit -n ${DESCRIPTORS}; exec "$0" "$@"`;
  const args = ['-c', command, process.execPath, script, JSON.stringify(given)];
  const { stdout } = await promisify(execFile)('sh', args, { timeout: 20_000 });
  return JSON.parse(stdout);
}

const refused = (cause: unknown) => ({
  code: 'JWKS_FETCH_FAILED',
  cause,
  hint: expect.stringContaining(cause === 'EXHAUSTED' ? 'ulimit -n' : 'Check'),
  retryAfterSeconds: expect.any(Number),
});

function hasPrlimit(): boolean {
  try {
    return execFileSync('prlimit', ['--version']).length > 0;
  } catch {
    return false;
  }
}

describe.runIf(process.platform !== 'win32')('without a descriptor', () => {
  it.each(['http', 'https'])(
    'the first fetch of a process fails over %s, and the next does not',
    async (scheme) => {
      const server = scheme === 'http' ? plain : secure;
      const said = await run('descriptors', `${server.url}/first`);
      expect(said).toEqual({
        meanwhile: refused('EXHAUSTED'),
        again: refused('EXHAUSTED'),
        afterwards: 'user_1',
      });
    },
  );

  it('a later one fails, and the next does not', async () => {
    const said = await run('descriptors', `${plain.url}/later`, `${plain.url}/before`);
    expect(said).toEqual({
      before: 'user_1',
      meanwhile: refused('EXHAUSTED'),
      again: refused('EXHAUSTED'),
      afterwards: 'user_1',
    });
  });
});

describe.runIf(process.platform === 'linux' && hasPrlimit())('without a thread', () => {
  it('the first fetch of a process fails, and the next does not', async () => {
    const said = await run('threads', `${plain.url}/thread`);
    expect(said).toEqual({
      meanwhile: refused('EXHAUSTED'),
      again: refused('EXHAUSTED'),
      afterwards: 'user_1',
    });
  });

  it('a burst is verified all the same, on the thread that is there', async () => {
    const options = { ...signer.options, verifiedTokenCache: false };
    const burst = { options, count: 2_000 };
    const said = await run('threads', `${plain.url}/burst`, undefined, burst);
    expect(said).toMatchObject({ meanwhile: refused('EXHAUSTED'), burst: { user_1: 2_000 } });
  });

  it('the look-up of a name fails, and the next is made', async () => {
    const name = 'http://keys.invalid./jwks';
    const said = await run('threads', name, `${plain.url}/name`);
    expect(said).toEqual({
      before: 'user_1',
      meanwhile: refused('EXHAUSTED'),
      again: refused('EXHAUSTED'),
      afterwards: refused(expect.stringMatching(/^(DNS|TIMEOUT)$/)),
    });
  });
});

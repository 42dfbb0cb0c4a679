// Refusals that a developer sees: with NODE_DEBUG, and the adapters' notices.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { blocksOf, OBSERVABILITY_PAGE } from '../integration/support/docs.js';
import { claims, createSigner, forge } from '../support/jws.js';
import { expectNone } from '../support/refusal.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const signer = createSigner();
const forged = forge(signer.kid);
const expired = signer.sign(claims({ exp: 1, sub: 'user_secret' }));

const START = `
  import { createWorkosVerifier, testWorkosConnection, verifyWorkosToken } from 'verify-workos-token';
  import { authenticateRequest } from 'verify-workos-token/web';
  import { requireWorkosToken } from 'verify-workos-token/express';
  import { withWorkosToken } from 'verify-workos-token/next';
  const { options, good, forged, expired } = JSON.parse(process.env.GIVEN);
  const request = (headers = {}) => new Request('http://localhost/', { headers });
  const bearer = (token) => request({ authorization: 'Bearer ' + token });
  const web = (request, own) => authenticateRequest(request, own ?? options).catch(() => {});
  const refused = async (call) => {
    try { await call(); } catch { return; }
    throw new Error('not refused');
  };`;

/** What a program prints on stderr. */
async function stderrOf(program: string, variables: Record<string, string> = {}): Promise<string> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|TEST$|NODE_ENV$|NODE_DEBUG$|WORKOS_)/.test(name),
  );
  const GIVEN = JSON.stringify({ options: signer.options, good: signer.sign(), forged, expired });
  const { stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', `${START}\n${program}`],
    { cwd: root, env: { ...Object.fromEntries(inherited), GIVEN, ...variables } },
  );
  const tokens = [forged, expired].flatMap((token) => token.split('.').slice(1));
  expectNone(stderr, { ...Object.fromEntries(tokens.entries()), sub: 'user_secret' });
  return stderr;
}

/** The codes, in order, of what was printed. */
const codes = (text: string) => text.match(/\b[A-Z]+_[A-Z_]+(?=: [a-z"])/g) ?? [];

/** What the guide shows as printed. */
function exampleOfTheGuide(): string {
  const [block] = blocksOf(OBSERVABILITY_PAGE);
  return block?.text ?? expect.unreachable('the guide begins with an example');
}

const VERIFICATIONS = `
  const { verify, verifySync } = createWorkosVerifier(options);
  await verify(good);
  await refused(() => verify(forged));
  await refused(() => verifySync(expired));
  await refused(() => verifyWorkosToken('x', options));`;

describe('NODE_DEBUG', () => {
  it.each([
    'verify-workos-token',
    'VERIFY-WORKOS-TOKEN',
    'http,verify-workos-token',
    'verify-*',
    '*token',
  ])('%s prints each refusal', async (NODE_DEBUG) => {
    const printed = await stderrOf(VERIFICATIONS, { NODE_DEBUG, NODE_ENV: 'production' });
    const own = printed.slice(printed.indexOf('VERIFY-WORKOS-TOKEN'));
    expect(codes(own)).toEqual(['INVALID_SIGNATURE', 'TOKEN_EXPIRED', 'MALFORMED_TOKEN']);
    const text = exampleOfTheGuide();
    expect(own.replace(/ \d+:/, ' 4711:').startsWith(text), own).toBe(true);
  });

  it.each([undefined, '', 'http2', 'verify', 'verify-workos-token-other'])(
    'prints nothing with %s',
    async (NODE_DEBUG) => {
      const variables = NODE_DEBUG === undefined ? {} : { NODE_DEBUG };
      expect(await stderrOf(VERIFICATIONS, variables)).toBe('');
    },
  );

  it('prints the cause of a failed fetch, and what ready() is refused with', async () => {
    const program = `
      const unreachable = { clientId: 'client_test', jwksUrl: 'http://127.0.0.1:1/' };
      await refused(() => verifyWorkosToken(good, unreachable));
      await refused(() => createWorkosVerifier(unreachable).ready());`;
    const printed = await stderrOf(program, { NODE_DEBUG: 'verify-workos-token' });
    const cause = '  cause: CONNECT: could not connect to the server\n';
    expect(printed.split(cause).length).toBe(3);
    expect(codes(printed)).toEqual(['JWKS_FETCH_FAILED', 'JWKS_FETCH_FAILED']);
  });

  it('prints refused options, wherever they are read, without the values', async () => {
    const program = `
      const wrong = { clientId: 7, jwksUrl: 'https://secret.example/' };
      await refused(() => verifyWorkosToken(good, wrong));
      await refused(() => createWorkosVerifier(wrong));
      await refused(() => testWorkosConnection(wrong));
      await refused(() => createWorkosVerifier(options).testConnection({ tokens: 'secret' }));
      const several = createWorkosVerifier([{ name: 'a', ...options }]);
      await refused(() => several.testConnection({ tokens: 'secret' }));
      await refused(() => several.exportKeys('secret'));
      await refused(() => requireWorkosToken({ getToken: 'secret' }));
      await refused(() => withWorkosToken(() => {}, { optional: 'secret' }));
      await web(bearer(good), { getToken: 'secret' });`;
    const printed = await stderrOf(program, { NODE_DEBUG: 'verify-workos-token' });
    expect(codes(printed)).toEqual(Array(9).fill('INVALID_OPTIONS'));
    expect(printed).not.toContain('secret');
  });

  it("prints the adapters' own refusals, and each once", async () => {
    const program = `
      await web(request());
      await web(request({ authorization: 'Bearer a b' }));
      await web(bearer(forged));
      await web(bearer(forged));
      await web({});`;
    const printed = await stderrOf(program, { NODE_DEBUG: 'verify-workos-token' });
    const expected = ['MALFORMED_TOKEN', 'MALFORMED_TOKEN'];
    expected.push('INVALID_SIGNATURE', 'INVALID_SIGNATURE', 'INVALID_OPTIONS');
    expect(codes(printed)).toEqual(expected);
    expect(printed).not.toContain('refused a request');
  });
});

const REQUESTS = `
  for (let times = 0; times < 2; times += 1) {
    await web(bearer(good));
    await web(bearer(forged));
    await web(bearer(expired));
    await web(request());
    await web(bearer('a.b.c'));
  }`;
const FIRST_OF_EACH = ['INVALID_SIGNATURE', 'TOKEN_EXPIRED', 'MALFORMED_TOKEN', 'MALFORMED_TOKEN'];

describe("the adapters' notices", () => {
  it.each([undefined, 'development', 'staging'])(
    'tell of the first refusal of each code: NODE_ENV %s',
    async (NODE_ENV) => {
      const printed = await stderrOf(REQUESTS, NODE_ENV === undefined ? {} : { NODE_ENV });
      expect(codes(printed)).toEqual(FIRST_OF_EACH);
      expect(printed).toMatch(
        /^verify-workos-token refused a request: INVALID_SIGNATURE: the signature .*\n {2}hint: .*\n {2}This is printed .* set VERIFY_WORKOS_TOKEN_NOTICES=off\./,
      );
    },
  );

  it.each([
    { NODE_ENV: 'production' },
    { NODE_ENV: 'test' },
    { VERIFY_WORKOS_TOKEN_NOTICES: 'off' },
    { NODE_ENV: 'development', VERIFY_WORKOS_TOKEN_NOTICES: 'off' },
  ])('are silent with %j', async (variables) => {
    expect(await stderrOf(REQUESTS, variables as Record<string, string>)).toBe('');
  });

  it('are silent for calls that reject, which the program sees by itself', async () => {
    expect(await stderrOf(VERIFICATIONS)).toBe('');
  });

  it('change no response where the output is broken', async () => {
    const program = `
      console.warn = () => { throw new Error('no output'); };
      const error = await authenticateRequest(bearer(forged), options).catch((thrown) => thrown);
      if (error.code !== 'INVALID_SIGNATURE') throw error;`;
    expect(await stderrOf(program)).toBe('');
  });

  it('tell once per process, whichever adapter, copy or thread was asked', async () => {
    const program = `
      import { createRequire } from 'node:module';
      import { Worker } from 'node:worker_threads';
      import { once } from 'node:events';
      const handler = withWorkosToken(() => new Response(), options);
      const responseOf = async (request) => (await handler(request)).status;
      const statuses = [await responseOf(bearer(forged))];
      const response = { headersSent: false, setHeader() {}, end() {} };
      await requireWorkosToken(options)({ headers: bearer(forged).headers }, response, () => {});
      statuses.push(response.statusCode);
      await web(bearer(forged));
      const required = createRequire(process.cwd() + '/x.js')('verify-workos-token/web');
      await required.authenticateRequest(bearer(forged), options).catch(() => {});
      const worker = new Worker(\`
        const { authenticateRequest } = require('verify-workos-token/web');
        const { options, forged } = JSON.parse(process.env.GIVEN);
        const headers = { authorization: 'Bearer ' + forged };
        authenticateRequest({ headers }, options).catch(() => {});\`, { eval: true, execArgv: [] });
      await once(worker, 'exit');
      if (statuses.join() !== '401,401') throw new Error(statuses.join());`;
    expect(codes(await stderrOf(program))).toEqual(['INVALID_SIGNATURE']);
  });
});

// The runtimes come as npm packages for Linux on x64, glibc.
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthority } from '../support/authority.js';
import { type FaultServer, keySet, startFaultServer } from '../support/fault-server.js';
import { createSigner } from '../support/jws.js';
import { blockNamed, blocksOf } from './support/docs.js';
import { createProject, freePort, run, startServer } from './support/project.js';
import { startWorkos } from './support/workos.js';

/** Its name, its program, and the arguments that come first. */
type Runtime = [name: string, ...command: [program: string, ...args: string[]]];

const NODE: Runtime[] = [
  [`Node ${process.versions.node.split('.')[0]}`, process.execPath],
  ['Node 22', 'node_modules/node22/bin/node'],
  ['Node 24', 'node_modules/node24/bin/node'],
  ['Node 26', 'node_modules/node26/bin/node'],
];
/** Whose permission model is more than an experiment. */
const WITH_PERMISSIONS = NODE.filter(([name]) => Number(name.split(' ')[1]) >= 22);
const OTHERS: Runtime[] = [
  ['Bun', 'node_modules/@oven/bun-linux-x64/bin/bun', 'run'],
  ['Deno', 'node_modules/@deno/linux-x64-glibc/deno', 'run', '--allow-all'],
];

const authority = createAuthority();
const signer = createSigner();
let project: string;
let keyServer: FaultServer;
/** Where no package is found from. */
let elsewhere: string;

beforeAll(async () => {
  project = await createProject('runtimes');
  elsewhere = `${project}-elsewhere`;
  rmSync(elsewhere, { recursive: true, force: true });
  mkdirSync(elsewhere);
  keyServer = await startFaultServer(keySet(signer.jwks.keys), authority.issue());
});

afterAll(async () => {
  rmSync(elsewhere, { recursive: true, force: true });
  await keyServer?.close();
});

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

  test('tells listeners of calls and keys', async () => {
    const call = (source: string) =>
      ['start', 'end', 'asyncStart', 'asyncEnd'].map((name) =>
        name.startsWith('async') ? `${name} accepted ${source}` : name,
      );
    const expired = ['error', 'asyncStart', 'asyncEnd'].map(
      (name) => `${name} refused TOKEN_EXPIRED`,
    );
    const request = 'request fetched';
    expect(await outcomeOf(command, 'events.mjs')).toEqual({
      verify: [...call('fetch'), 'start', 'end', ...expired, 'start', 'end accepted token cache'],
      jwks: [
        ...['start request', 'end request', `asyncStart ${request}`, `asyncEnd ${request}`],
        ...['start key added', 'end key added'],
      ],
    });
  });

  test('prints refusals if NODE_DEBUG names the package', async () => {
    const name = 'refused.mjs';
    const text = `
      import { verifyWorkosToken } from 'verify-workos-token';
      await verifyWorkosToken('x', { clientId: 'client_1' }).catch(() => {});`;
    writeFileSync(path.join(project, name), text);
    const [program, ...flags] = command;
    const ask = (NODE_DEBUG: string) =>
      run(project, path.resolve(project, program), [...flags, name], { NODE_DEBUG });
    expect(await ask('other,verify-*')).toMatch(
      /^VERIFY-WORKOS-TOKEN \d+: MALFORMED_TOKEN: the token .*\n {2}hint: .+/,
    );
    expect(await ask('verify')).toBe('');
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

interface Failure {
  code: string;
  message: string;
}
const PERMISSION_PROGRAM = `import('verify-workos-token').then(
  () => console.log('{}'),
  ({ code, message }) => console.log(JSON.stringify({ code, message })),
);`;

describe.each(WITH_PERMISSIONS)('the permission model of %s', (_, command) => {
  test.each([
    ['no addons', ['--allow-fs-read=*'], 'ERR_DLOPEN_DISABLED', '--allow-addons'],
    ['no files of its own', ['--allow-addons'], 'ERR_ACCESS_DENIED', '--allow-fs-read'],
  ])('allows %s, and the error says so', async (_, flags, code, named) => {
    const name = 'permission.cjs';
    writeFileSync(path.join(project, name), PERMISSION_PROGRAM);
    // Everything but the platform package.
    const readable = [name, 'package.json', 'node_modules/verify-workos-token/'];
    const allowed = readable.map((file) => `--allow-fs-read=${path.join(project, file)}`);
    const { message, ...rest } = (await outcomeOf(
      [command, '--permission', '--no-warnings', ...allowed, ...flags],
      name,
    )) as Failure;
    expect(rest).toEqual({ code });
    expect(message).toContain(named);
  });
});

test('the permissions of Deno forbid native code, and the error says so', async () => {
  const [, deno, run] = OTHERS[1];
  writeFileSync(path.join(project, 'permission.cjs'), PERMISSION_PROGRAM);
  const command = [deno, run, '--allow-read', '--allow-env', '--no-prompt'] as const;
  const { code, message } = (await outcomeOf(command, 'permission.cjs')) as Failure;
  expect(code).toBe('ERR_ACCESS_DENIED');
  expect(message).toContain('Deno with --allow-ffi');
});

describe('deploying.md', () => {
  const flagsOf = (start: string) => {
    const command = blocksOf('deploying.md').find(({ name }) => name.startsWith(start))?.name ?? '';
    return command.split(' ').filter((word) => word.startsWith('--'));
  };

  test.each<[string, Runtime, string[]]>([
    ['Node 24', NODE[2] as Runtime, flagsOf('node --permission')],
    ['Node 26', NODE[3] as Runtime, [...flagsOf('node --permission'), '--allow-net']],
    ['Deno', ['Deno', OTHERS[1]?.[1] as string, 'run'], flagsOf('deno run')],
  ])('names the permissions that a server needs in %s', async (_, [, program, ...first], flags) => {
    expect(flags.length).toBeGreaterThan(2);
    const workos = await startWorkos();
    writeFileSync(path.join(project, 'server.mjs'), blockNamed('deploying.md', 'server.js'));
    const origin = `http://127.0.0.1:${await freePort()}`;
    const variables = { ...workos.environment, PORT: new URL(origin).port };
    const args = [...first, ...flags, 'server.mjs'];
    const server = await startServer(
      project,
      path.resolve(project, program),
      args,
      origin,
      variables,
    );
    const headers = { authorization: `Bearer ${await workos.sign({ sub: 'user_1' })}` };
    const response = await fetch(origin, { headers });
    expect([response.status, await response.text()]).toEqual([200, 'hello user_1']);
    await server.stop();
    await workos.close();
  });
});

// What people paste before esbuild's ES modules, so that CommonJS in them works.
const BANNER = [
  "import { createRequire } from 'module';",
  "import path from 'path';",
  "import { fileURLToPath } from 'url';",
  'const require = createRequire(import.meta.url);',
  'const __filename = fileURLToPath(import.meta.url);',
  'const __dirname = path.dirname(__filename);',
].join(' ');

describe.each(['bundled.mjs', 'bundled.cjs'])('esbuild bundles %s', (entry) => {
  test.each([
    ['to CommonJS', 'cjs', []],
    ['to minified CommonJS', 'min.cjs', ['--minify']],
    ['to an ES module', 'mjs', ['--format=esm']],
    [
      'to an ES module with the usual banner',
      'banner.mjs',
      ['--format=esm', `--banner:js=${BANNER}`],
    ],
  ])('%s', async (_, extension, flags) => {
    const bundle = `esbuild/${entry}.${extension}`;
    await esbuild(entry, `--outfile=${bundle}`, ...flags);
    expect(await outcomeOf([process.execPath], bundle, tokenAndKeys())).toEqual({ sub: 'user_1' });
    const alone = moveAway(bundle);
    const failure = await run(path.dirname(alone), process.execPath, [alone]).catch(String);
    expect(failure).toMatch(/left out verify-workos-token-linux-x64-gnu .* external/);
  });
});

describe.each(['bundled.mjs', 'bundled.cjs'])('Bun bundles %s', (entry) => {
  const [, bun] = OTHERS[0];

  test('with the binary beside it', async () => {
    await run(project, bun, ['build', entry, '--target=bun', '--outdir=bun']);
    const bundle = path.join(moveAway('bun'), 'bundled.js');
    expect(await outcomeOf([bun], bundle, tokenAndKeys())).toEqual({ sub: 'user_1' });
  });

  test('into one executable, which needs nothing else', async () => {
    await run(project, bun, ['build', entry, '--compile', '--outfile=alone']);
    const alone = moveAway('alone');
    const printed = await withoutBinary(() => run(elsewhere, alone, [], tokenAndKeys()));
    expect(JSON.parse(printed)).toEqual({ sub: 'user_1' });
  });
});

function esbuild(...args: string[]) {
  const program = path.join(project, 'node_modules', 'esbuild', 'bin', 'esbuild');
  const flags = ['--bundle', '--platform=node', '--log-level=error'];
  return run(project, process.execPath, [program, ...flags, ...args]);
}

function moveAway(name: string): string {
  const moved = path.join(mkdtempSync(path.join(elsewhere, 'bundle-')), path.basename(name));
  renameSync(path.join(project, name), moved);
  return moved;
}

function tokenAndKeys() {
  return { TOKEN: signer.sign(), JWKS: JSON.stringify(signer.jwks) };
}

async function withoutBinary<T>(work: () => Promise<T>): Promise<T> {
  const folder = path.join(project, 'node_modules', 'verify-workos-token-linux-x64-gnu');
  renameSync(folder, `${folder}-hidden`);
  return work().finally(() => renameSync(`${folder}-hidden`, folder));
}

/** What a file prints, under a runtime whose command stands in the project. */
async function outcomeOf(
  [command, ...flags]: readonly [string, ...string[]],
  file: string,
  variables?: Record<string, string>,
): Promise<unknown> {
  const program = path.resolve(project, command);
  return JSON.parse(await run(project, program, [...flags, file], variables));
}

import { spawn } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const manifest = readManifest(repository);
const workplace = realpathSync(mkdtempSync(path.join(tmpdir(), 'verify-workos-token-test-')));
const tarballs = path.join(workplace, 'tarballs');
const project = path.join(workplace, 'project');

/** What a user's program does first; the last line that it prints is the outcome. */
const PROBE = `
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...keys.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' };
  const options = { clientId: 'client_test', jwks: { keys: [jwk] } };
  const now = Math.floor(Date.now() / 1000);
  const iss = 'https://api.workos.com/user_management/client_test';
  const payload = { iss, aud: 'client_test', sub: 'user_1', exp: now + 300, iat: now };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = part({ alg: 'RS256', kid: 'one' }) + '.' + part(payload);
  const signature = sign('sha256', Buffer.from(signed), keys.privateKey).toString('base64url');
  const forged = part({ alg: 'RS256', kid: 'one' }) + '.' + part({ ...payload, sub: 'user_2' });

  async function probe({ verifyWorkosToken, WorkosTokenError }) {
    const claims = await verifyWorkosToken(signed + '.' + signature, options);
    const error = await verifyWorkosToken(forged + '.' + signature, options).catch((error) => error);
    return { sub: claims.sub, code: error.code, branded: error instanceof WorkosTokenError };
  }
`;
/** All that a program which verifies tokens can import. */
const ENTRY_POINTS = ['', '/web', '/next', '/express'].map((path) => `verify-workos-token${path}`);
const OUTCOME = { sub: 'user_1', code: 'INVALID_SIGNATURE', branded: true };

beforeAll(async () => {
  await packAll('tarballs');
  await install(
    project,
    readdirSync(tarballs).map((name) => path.join(tarballs, name)),
  );
  const imports = `import { generateKeyPairSync, sign } from 'node:crypto';`;
  write(project, 'probe.mjs', `${imports}${PROBE}\nexport { probe };`);
}, 120_000);

afterAll(() => rmSync(workplace, { recursive: true, force: true }));

describe('the tarballs', () => {
  test('are the root package and this platform’s', () => {
    expect(readdirSync(tarballs).sort()).toEqual(
      ['verify-workos-token', platformPackage()]
        .map((name) => `${name}-${manifest.version}.tgz`)
        .sort(),
    );
  });

  test('hold a binary in the platform package alone', () => {
    expect(binariesIn(installed('verify-workos-token'))).toEqual([]);
    expect(binariesIn(installed(platformPackage()))).toEqual([
      expect.stringMatching(/^verify-workos-token\..*\.node$/),
    ]);
  });

  test('name the eight platforms, run nothing on installing and depend on nothing else', () => {
    const published = readManifest(installed('verify-workos-token'));
    expect(Object.keys(published.optionalDependencies)).toEqual(platformsIn('index.js'));
    expect(new Set(Object.values(published.optionalDependencies))).toEqual(
      new Set([manifest.version]),
    );
    expect(published).not.toHaveProperty('scripts');
    expect(published).not.toHaveProperty('dependencies');
    expect(readManifest(installed(platformPackage()))).not.toHaveProperty('scripts');
    expect(manifest).not.toHaveProperty('optionalDependencies');
  });

  test('hold the licence and the types', () => {
    for (const name of ['verify-workos-token', platformPackage()]) {
      expect(readdirSync(installed(name))).toEqual(
        expect.arrayContaining(['LICENSE', 'README.md']),
      );
    }
    expect(readdirSync(installed('verify-workos-token'))).toEqual(
      expect.arrayContaining(['index.d.ts', 'index.d.cts']),
    );
  });
});

describe('what must agree', () => {
  test('both loaders ask for the same eight packages', () => {
    expect(platformsIn('index.js')).toHaveLength(8);
    expect(platformsIn('index.cjs')).toEqual(platformsIn('index.js'));
  });

  test('what the loader says of its version and of Node', () => {
    const loader = readFileSync(path.join(repository, 'js', 'loader.cjs'), 'utf8');
    expect(loader.match(/^const VERSION = '(.*)';$/m)?.[1]).toBe(manifest.version);
    const oldest = loader.match(/^const OLDEST_NODE = '(.*)';$/m)?.[1];
    expect(manifest.engines.node).toBe(`>=${oldest}`);
  });

  test('the sentences of both stubs', async () => {
    const folder = path.join(repository, 'js', 'stub');
    const sentences = ['sentence.js', 'sentence.cjs'].map(
      (name) => readFileSync(path.join(folder, name), 'utf8').match(/SENTENCE =(.*?);$/ms)?.[1],
    );
    expect(sentences[0]).toContain('native addon');
    expect(sentences[1]).toBe(sentences[0]);
  });

  test('the versions of the packages and of the crate', () => {
    const crate = readFileSync(path.join(repository, 'Cargo.toml'), 'utf8');
    expect(crate.match(/^version = "(.*)"$/m)?.[1]).toBe(manifest.version);
    for (const folder of readdirSync(path.join(repository, 'npm'), { withFileTypes: true })) {
      if (!folder.isDirectory()) continue;
      const platform = readManifest(path.join(repository, 'npm', folder.name));
      expect(platform.version).toBe(manifest.version);
      expect(platform.engines).toEqual(manifest.engines);
    }
  });

  test.each(ENTRY_POINTS)(
    'the names of %s: imported, required, declared, and of the stub',
    async (entry) => {
      const folder = installed('verify-workos-token');
      const { import: imported, browser } =
        manifest.exports[entry.replace('verify-workos-token', '.')];
      const types = readFileSync(
        path.join(folder, imported.types.replace(/\.ts$/, '.cts')),
        'utf8',
      );
      const declared = types.matchAll(/^export declare (?:function|class) (\w+)/gm);
      const names = [...new Set([...declared].map(([, name]) => name))].sort();
      const list = (load: string) => `console.log(JSON.stringify(Object.keys(${load}).sort()));`;
      const stub = `./node_modules/verify-workos-token/${browser.default}`;
      const requiredStub = `./node_modules/verify-workos-token/${browser.require.default}`;
      expect(names.length).toBeGreaterThan(0);
      expect(await program('names.mjs', list(`await import('${entry}')`))).toEqual(names);
      expect(await program('names.cjs', list(`require('${entry}')`))).toEqual(names);
      expect(await program('names.mjs', list(`await import('${stub}')`))).toEqual(names);
      expect(await program('names.cjs', list(`require('${requiredStub}')`))).toEqual(names);
    },
  );
});

test('what is bundled asks for Node’s modules in a way that survives in an ES module', () => {
  const js = path.join(repository, 'js');
  const files = readdirSync(js, { recursive: true, encoding: 'utf8' });
  // The issuer is for tests, which nobody bundles.
  const bundled = files.filter((name) => /^(?!testing).*\.cjs$/.test(name));
  expect(
    bundled.filter((name) => /require\(.node:/.test(readFileSync(path.join(js, name), 'utf8'))),
    'use process.getBuiltinModule: esbuild leaves a `require` that throws',
  ).toEqual([]);
});

describe('installed without cargo and without install scripts', () => {
  test('it loads by import', async () => {
    expect(
      await program(
        'import.mjs',
        `import * as library from 'verify-workos-token';
        import { probe } from './probe.mjs';
        console.log(JSON.stringify(await probe(library)));`,
      ),
    ).toEqual(OUTCOME);
  });

  test('it loads by require', async () => {
    expect(
      await program(
        'require.cjs',
        `const library = require('verify-workos-token');
        import('./probe.mjs').then(async ({ probe }) => {
          console.log(JSON.stringify(await probe(library)));
        });`,
      ),
    ).toEqual(OUTCOME);
  });

  test('import and require give the same functions and one class of errors', async () => {
    expect(
      await program(
        'both.mjs',
        `import { createRequire } from 'node:module';
        import * as imported from 'verify-workos-token';
        const required = createRequire(import.meta.url)('verify-workos-token');
        console.log(JSON.stringify(Object.keys(required).every((name) => required[name] === imported[name])));`,
      ),
    ).toBe(true);
  });

  test('it loads in four worker threads at once', async () => {
    expect(
      await program(
        'workers.mjs',
        `import { isMainThread, parentPort, Worker } from 'node:worker_threads';
        import { probe } from './probe.mjs';
        if (isMainThread) {
          const workers = Array.from({ length: 4 }, () => new Worker(new URL(import.meta.url)));
          const outcomes = workers.map((worker) => new Promise((resolve, reject) => {
            worker.once('message', resolve).once('error', reject);
          }));
          console.log(JSON.stringify(await Promise.all(outcomes)));
        } else {
          parentPort.postMessage(await probe(await import('verify-workos-token')));
        }`,
      ),
    ).toEqual([OUTCOME, OUTCOME, OUTCOME, OUTCOME]);
  });

  test.each(['threads', 'forks'])(
    'it loads in vitest’s pool of %s',
    async (pool) => {
      const folder = path.join(project, pool);
      symlinkOnce(path.join(repository, 'node_modules', 'vitest'), installed('vitest'));
      write(
        folder,
        'sample.test.mjs',
        `import { createRequire } from 'node:module';
      import { expect, test } from 'vitest';
      import * as library from 'verify-workos-token';
      import { probe } from '../probe.mjs';
      const OUTCOME = ${JSON.stringify(OUTCOME)};
      test('imported', async () => expect(await probe(library)).toEqual(OUTCOME));
      test('required', async () => {
        const required = createRequire(import.meta.url)('verify-workos-token');
        expect(await probe(required)).toEqual(OUTCOME);
      });`,
      );
      const vitest = path.join(repository, 'node_modules', 'vitest', 'vitest.mjs');
      const args = ['run', '--root', folder, '--pool', pool, '--reporter', 'json'];
      const report = JSON.parse(await nodeIn(project, [vitest, ...args]));
      expect(report).toMatchObject({ success: true, numPassedTests: 2, numTotalTests: 2 });
    },
    60_000,
  );

  test.each([
    ['consumer.mts', 'nodenext'],
    ['consumer.cts', 'nodenext'],
    ['bundled.ts', 'preserve'],
  ])('its types are found by %s under the module setting %s', async (name, module) => {
    write(
      project,
      name,
      `import { verifyWorkosToken, WorkosTokenError } from 'verify-workos-token';
      import { createTestIssuer } from 'verify-workos-token/testing';
      const issuer = createTestIssuer();
      export const claims: Promise<{ sub: string }> = verifyWorkosToken('', issuer.options);
      export const code: string | undefined =
        (new Error() as unknown) instanceof WorkosTokenError ? 'branded' : undefined;
      // @ts-expect-error a misspelt option
      verifyWorkosToken('', { clientID: 'client_test' });`,
    );
    const tsc = path.join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
    const settings = ['--noEmit', '--strict', '--target', 'es2023', '--module', module];
    const types = ['--types', 'node', '--typeRoots', path.join(repository, 'node_modules/@types')];
    await expect(nodeIn(project, [tsc, ...settings, ...types, name])).resolves.toBe('');
  });

  test('its package.json can be read, as tools do', async () => {
    expect(
      await program(
        'manifest.cjs',
        `const { name } = require('verify-workos-token/package.json');
        console.log(JSON.stringify([name, require('${platformPackage()}/package.json').name]));`,
      ),
    ).toEqual(['verify-workos-token', platformPackage()]);
  });
});

describe.each(['import', 'require'])('where nothing can be loaded by %s, it says so', (how) => {
  const load =
    how === 'import'
      ? `import('verify-workos-token')`
      : `Promise.resolve().then(() => require('verify-workos-token'))`;

  test('without the platform package', async () => {
    const bare = path.join(workplace, `bare-${how}`);
    await install(bare, [path.join(tarballs, `verify-workos-token-${manifest.version}.tgz`)]);
    const { code, cause, message } = await failure(bare);
    expect([code, cause]).toEqual(['MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);
    expect(message.split('\n')).toHaveLength(1);
    for (const fact of [platformPackage(), process.versions.node, 'optional', 'external', 'cargo'])
      expect(message).toContain(fact);
  }, 60_000);

  test('without addons', async () => {
    const { code, cause, message } = await failure(project, ['--no-addons']);
    expect([code, cause]).toEqual(['ERR_DLOPEN_DISABLED', 'ERR_DLOPEN_DISABLED']);
    expect(message).toContain('--no-addons');
    expect(message).not.toContain('lockfile');
  });

  test('under the permission model, without --allow-addons', async () => {
    const { code, cause, message } = await failure(project, [PERMISSION, '--allow-fs-read=*']);
    expect([code, cause]).toEqual(['ERR_DLOPEN_DISABLED', 'ERR_DLOPEN_DISABLED']);
    expect(message).toContain('--allow-addons');
    expect(message).not.toContain('lockfile');
  });

  test.each([
    ['empty', (binary: Buffer) => binary.subarray(0, 0), 'broken'],
    ['cut off', (binary: Buffer) => binary.subarray(0, 60), 'broken'],
    ['a page of HTML', () => Buffer.from('<!doctype html>'), 'broken'],
  ])('with a binary that is %s', async (name, broken, fact) => {
    const copy = path.join(workplace, `broken-${how}-${name}`);
    cpSync(path.join(project, 'node_modules'), path.join(copy, 'node_modules'), {
      recursive: true,
    });
    const [binary = ''] = binariesIn(installed(platformPackage()));
    const file = path.join(copy, 'node_modules', platformPackage(), binary);
    writeFileSync(file, broken(readFileSync(file)));
    const { code, cause, message } = await failure(copy);
    expect([code, cause]).toEqual(['ERR_DLOPEN_FAILED', 'ERR_DLOPEN_FAILED']);
    expect(message).toContain(fact);
    expect(message).not.toContain('--omit=optional');
  });

  test.each([
    ["version `GLIBC_2.99' not found (required by x.node)", 'newer glibc'],
    ['libc.musl-x86_64.so.1: cannot open shared object file: No such file', 'other C library'],
    ['/usr/lib/x86_64-linux-gnu/libc.so: invalid ELF header', 'other C library'],
    ['Error loading shared library ld-linux-x86-64.so.2: No such file', 'other C library'],
    ['Error relocating /app/x.node: __memcpy_chk: symbol not found', 'other C library'],
    [
      'Error loading shared library /app/x.linux-x64-musl.node: Exec format error',
      'another processor',
    ],
    ['x.node: failed to map segment from shared object: Operation not permitted', 'noexec'],
    ['%1 is not a valid Win32 application.', 'another processor'],
  ])('where the system says: %s', async (reason, fact) => {
    const text = JSON.stringify(reason);
    const flags = preload(`process.dlopen = () => {
      throw Object.assign(new Error(${text}), { code: 'ERR_DLOPEN_FAILED' });
    };`);
    const { code, message } = await failure(project, flags);
    expect(code).toBe('ERR_DLOPEN_FAILED');
    expect(message).toContain(reason.replace(/\.$/, ''));
    expect(message).toContain(fact);
  });

  test('on a platform that there is no binary for', async () => {
    const flags = preload(`Object.defineProperty(process, 'platform', { value: 'freebsd' });`);
    const { code, cause, message } = await failure(project, flags);
    expect([code, cause]).toEqual(['ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', undefined]);
    expect(message).toContain(`freebsd-${process.arch}`);
    expect(message).toContain('Linux (glibc and musl), macOS and Windows');
  });

  test.each(ENTRY_POINTS)('in a Node without what it needs: %s', async (entry) => {
    const program = load.replace('verify-workos-token', entry);
    write(project, 'load.cjs', `${program}.catch((error) => console.log(String(error)));`);
    const flags = preload('delete process.getBuiltinModule;');
    // Node 20 ends where CommonJS throws that an ES module imports, even if it was caught.
    const printed = await nodeIn(project, [...flags, 'load.cjs']).catch(String);
    expect(printed).toContain(
      `Error: verify-workos-token needs Node.js 20.19 or newer, and this is Node ${process.versions.node}`,
    );
    expect(printed).not.toContain('TypeError');
  });

  /** What importing throws, in a program of the folder's. */
  async function failure(folder: string, flags: string[] = []) {
    write(
      folder,
      'load.cjs',
      `${load}.catch(({ name, code, message, cause }) =>
        console.log(JSON.stringify({ name, code, message, cause: cause?.code })));`,
    );
    return outcomeOf(await nodeIn(folder, [...flags, 'load.cjs']));
  }
});

/** Flags by which Node runs this before anything else. */
function preload(source: string): string[] {
  write(workplace, 'preload.cjs', source);
  return ['--require', path.join(workplace, 'preload.cjs')];
}

/** Named so since Node 22.13. */
const PERMISSION = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission';

const SENTENCE = expect.stringMatching(
  /native addon and cannot run in an edge runtime.*Jest's jsdom.*testEnvironment: 'node'/,
);

describe.each(['edge-light', 'workerd', 'browser'])('under the condition %s', (condition) => {
  test.each([
    ['import', `await import('verify-workos-token')`],
    ['require', `createRequire(import.meta.url)('verify-workos-token')`],
  ])('%s gives a stub whose functions say where to verify', async (_, load) => {
    const outcome = await program(
      'stub.mjs',
      `import { createRequire } from 'node:module';
      const library = ${load};
      const messages = [];
      for (const use of [
        () => library.verifyWorkosToken('token', {}),
        async () => library.createWorkosVerifier({}),
        async () => new library.WorkosTokenError({}),
      ]) await use().catch(({ message }) => messages.push(message));
      const branded = { [Symbol.for('verify-workos-token.error')]: true };
      const told = [branded, new Error()].map((error) => error instanceof library.WorkosTokenError);
      console.log(JSON.stringify({ messages, told }));`,
      [`--conditions=${condition}`],
    );
    expect(outcome).toEqual({ messages: [SENTENCE, SENTENCE, SENTENCE], told: [true, false] });
  });

  test.each(['import', 'require'])(
    '%s of the adapters gives stubs that say the same',
    async (how) => {
      const load = how === 'import' ? 'await import' : 'createRequire(import.meta.url)';
      const outcome = await program(
        'stub-adapters.mjs',
        `import { createRequire } from 'node:module';
      const { authenticateRequest, errorToResponse } = ${load}('verify-workos-token/web');
      const { withWorkosToken } = ${load}('verify-workos-token/next');
      const { requireWorkosToken } = ${load}('verify-workos-token/express');
      const messages = [];
      for (const use of [
        () => authenticateRequest(new Request('http://localhost/')).catch(errorToResponse),
        async () => withWorkosToken(() => {}),
        async () => requireWorkosToken(),
      ]) await use().catch(({ message }) => messages.push(message));
      console.log(JSON.stringify(messages));`,
        [`--conditions=${condition}`],
      );
      expect(outcome).toEqual([SENTENCE, SENTENCE, SENTENCE]);
    },
  );

  test.each(['import', 'require'])(
    '%s of the issuer for tests gives one that works',
    async (how) => {
      const load = how === 'import' ? 'await import' : 'createRequire(import.meta.url)';
      const outcome = await program(
        'stub-testing.mjs',
        `import { createRequire } from 'node:module';
      const { createTestIssuer } = ${load}('verify-workos-token/testing');
      console.log(JSON.stringify((await createTestIssuer().sign()).split('.').length));`,
        [`--conditions=${condition}`],
      );
      expect(outcome).toBe(3);
    },
  );
});

/** With a folder relative to where the user stands, as npm hands it on. */
async function packAll(folder: string) {
  const script = path.join(repository, 'scripts', 'pack-all.mjs');
  const env = { ...process.env, npm_execpath: npmProgram(), INIT_CWD: workplace };
  await output(process.execPath, [script, '--as-built', folder], { cwd: repository, env });
}

/** From the tarballs alone: the cache is empty, and there is no network. */
async function install(folder: string, files: string[]) {
  write(folder, 'package.json', '{ "private": true }');
  const flags = ['--ignore-scripts', '--offline', '--no-audit', '--no-fund'];
  const cache = ['--cache', path.join(workplace, 'cache')];
  await nodeIn(folder, [npmProgram(), 'install', ...flags, ...cache, ...files]);
}

/** Runs a program of the project's, and reads the outcome that it prints. */
async function program(name: string, source: string, flags: string[] = []) {
  write(project, name, source);
  return outcomeOf(await nodeIn(project, [...flags, name]));
}

function outcomeOf(printed: string) {
  return JSON.parse(printed.trim());
}

/** Node with nothing on its path but itself: no cargo, no compiler. */
function nodeIn(cwd: string, args: string[]) {
  const bin = path.join(workplace, 'bin');
  mkdirSync(bin, { recursive: true });
  symlinkOnce(process.execPath, path.join(bin, 'node'));
  return output(process.execPath, args, { cwd, env: { PATH: bin, HOME: workplace } });
}

function output(command: string, args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }) {
  return new Promise<string>((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(stdout);
      reject(new Error(`${args.join(' ')} ended with ${code ?? signal}:\n${stdout}${stderr}`));
    });
  });
}

/** The npm that runs the tests, or the one on the path. */
function npmProgram() {
  const running = process.env.npm_execpath ?? '';
  if (/npm-cli\.c?js$/.test(running)) return running;
  for (const folder of process.env.PATH?.split(path.delimiter) ?? []) {
    try {
      return realpathSync(path.join(folder, 'npm'));
    } catch {}
  }
  throw new Error('no npm was found');
}

/** Of the folders of `npm/`, the one with a binary for this platform in it. */
function platformPackage() {
  const [name, ...others] = readdirSync(path.join(project, 'node_modules')).filter((folder) =>
    folder.startsWith('verify-workos-token-'),
  );
  expect(others).toEqual([]);
  return name as string;
}

function platformsIn(loader: string) {
  const text = readFileSync(path.join(repository, loader), 'utf8');
  return [...text.matchAll(/require\('(verify-workos-token-[^']+)'\)/g)].map(([, name]) => name);
}

function binariesIn(folder: string) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .filter((file) => readFileSync(path.join(file.parentPath, file.name)).includes(0))
    .map((file) => file.name);
}

function installed(name: string) {
  return path.join(project, 'node_modules', name);
}

function readManifest(folder: string) {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
}

function write(folder: string, name: string, text: string) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, name), text);
}

function symlinkOnce(target: string, link: string) {
  rmSync(link, { force: true });
  symlinkSync(target, link);
}

// Where the package cannot verify: what it says there, on loading or on the first call.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  binariesIn,
  ENTRY_POINTS,
  install,
  installed,
  installPackage,
  manifest,
  nodeIn,
  outcomeOf,
  platformPackage,
  program,
  project,
  removePackage,
  tarballs,
  workplace,
  write,
} from '../support/installed-package.js';

beforeAll(installPackage, 120_000);
afterAll(removePackage);

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
  async function failure(folder: string, flags: string[] = []): Promise<Failure> {
    write(
      folder,
      'load.cjs',
      `${load}.catch(({ name, code, message, cause }) =>
        console.log(JSON.stringify({ name, code, message, cause: cause?.code })));`,
    );
    return outcomeOf(await nodeIn(folder, [...flags, 'load.cjs'])) as Failure;
  }
});

interface Failure {
  name: string;
  code?: string;
  message: string;
  /** The code of the cause. */
  cause?: string;
}

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
        () => library.explainWorkosToken('token', {}),
        async () => library.createWorkosVerifier({}),
        () => library.testWorkosConnection({}),
        async () => new library.WorkosTokenError({}),
      ]) await use().catch(({ message }) => messages.push(message));
      const branded = { [Symbol.for('verify-workos-token.error')]: true };
      const told = [branded, new Error()].map((error) => error instanceof library.WorkosTokenError);
      console.log(JSON.stringify({ messages, told }));`,
      [`--conditions=${condition}`],
    );
    expect(outcome).toEqual({ messages: Array(5).fill(SENTENCE), told: [true, false] });
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
      const { createMcpResource } = ${load}('verify-workos-token/mcp');
      const messages = [];
      for (const use of [
        () => authenticateRequest(new Request('http://localhost/')).catch(errorToResponse),
        async () => withWorkosToken(() => {}),
        async () => requireWorkosToken(),
        async () => createMcpResource(),
      ]) await use().catch(({ message }) => messages.push(message));
      console.log(JSON.stringify(messages));`,
        [`--conditions=${condition}`],
      );
      expect(outcome).toEqual(Array(4).fill(SENTENCE));
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

import { execSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  binariesIn,
  ENTRY_POINTS,
  installed,
  installPackage,
  manifest,
  nodeIn,
  OUTCOME,
  platformPackage,
  platformsIn,
  program,
  project,
  readManifest,
  removePackage,
  repository,
  symlinkOnce,
  tarballs,
  write,
} from '../support/installed-package.js';
import { TEMPLATE } from '../../scripts/platform-package.mjs';

beforeAll(installPackage, 120_000);
afterAll(removePackage);

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

  test('hold the notices of what is in the binary, next to it', () => {
    const notices = (folder: string) =>
      readFileSync(path.join(folder, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    expect(notices(installed(platformPackage()))).toBe(notices(path.join(repository, 'npm')));
    expect(readdirSync(installed('verify-workos-token'))).not.toContain('THIRD-PARTY-NOTICES.txt');
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
    const textOf = (name: string) => readFileSync(path.join(repository, 'lib', name), 'utf8');
    const version = textOf('loader.ts').match(/^const VERSION = '(.*)';$/m)?.[1];
    expect(version).toBe(manifest.version);
    const oldest = textOf('node-version.ts').match(/^const OLDEST_NODE = '(.*)';$/m)?.[1];
    expect(manifest.engines.node).toBe(`>=${oldest}`);
  });

  test('the versions of the packages and of the crate', () => {
    const crate = readFileSync(path.join(repository, 'Cargo.toml'), 'utf8');
    expect(crate.match(/^version = "(.*)"$/m)?.[1]).toBe(manifest.version);
    // A build on another platform leaves a folder with the binary alone beside it.
    const platform = readManifest(path.join(repository, 'npm', TEMPLATE));
    expect(platform.version).toBe(manifest.version);
    expect(platform.engines).toEqual(manifest.engines);
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
      const declared = types.matchAll(/^export declare (?:function|const) (\w+)/gm);
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

test('the names of verify-workos-token/testing: imported, required and declared', async () => {
  const types = path.join(installed('verify-workos-token'), 'entries', 'testing.d.cts');
  const declared = readFileSync(types, 'utf8').matchAll(/^export declare function (\w+)/gm);
  const names = [...declared].map(([, name]) => name);
  const list = (load: string) => `console.log(JSON.stringify(Object.keys(${load})));`;
  const entry = 'verify-workos-token/testing';
  expect(names).toEqual(['createTestIssuer']);
  expect(await program('names.mjs', list(`await import('${entry}')`))).toEqual(names);
  expect(await program('names.cjs', list(`require('${entry}')`))).toEqual(names);
});

test('the tarball holds what is built, and not what it is built of', () => {
  const files = readdirSync(installed('verify-workos-token'));
  expect(files).toEqual(expect.arrayContaining(['dist', 'entries', 'index.js', 'index.cjs']));
  expect(files).not.toContain('lib');
});

test('what is bundled asks for Node’s modules in a way that survives in an ES module', () => {
  const dist = path.join(repository, 'dist');
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' });
  // The issuer is for tests and the command for terminals, and nobody bundles these.
  const bundled = files.filter((name) => /^(?!testing|cli).*\.c?js$/.test(name));
  expect(bundled).toHaveLength(14);
  expect(
    bundled.filter((name) =>
      /require\(.node:|from .node:/.test(readFileSync(path.join(dist, name), 'utf8')),
    ),
    'use process.getBuiltinModule: esbuild leaves a `require` that throws',
  ).toEqual([]);
});

describe('the command', () => {
  const bin = (name: string) => path.join(project, 'node_modules', '.bin', name);

  test('is a file that can be run', async () => {
    const file = bin('verify-workos-token');
    // There npm writes a script of the shell that starts Node.
    const isScript = process.platform === 'win32';
    const printed = isScript
      ? execSync(`"${file}.cmd" --version`, { encoding: 'utf8' })
      : await nodeIn(project, [file, '--version']);
    expect(printed).toBe(`${manifest.version}\n`);
    const text = readFileSync(path.join(installed('verify-workos-token'), 'dist/cli.js'), 'utf8');
    expect(text.split('\n', 1)).toEqual(['#!/usr/bin/env node']);
  });

  test('is no part of the library', async () => {
    const file = path.join(installed('verify-workos-token'), 'dist', 'cli.js');
    renameSync(file, `${file}.away`);
    try {
      const text = `import * as library from 'verify-workos-token';
        import { probe } from './probe.mjs';
        console.log(JSON.stringify(await probe(library)));`;
      expect(await program('without-command.mjs', text)).toEqual(OUTCOME);
    } finally {
      renameSync(`${file}.away`, file);
    }
    const load = (entry: string) =>
      program(
        'cli.mjs',
        `console.log(JSON.stringify(
      await import('verify-workos-token/${entry}').catch((error) => error.code)));`,
      );
    expect(await load('cli')).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED');
    expect(await load('dist/cli.js')).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});

// A bundler gives other names to its own, and none to those of a banner.
test('what is bundled to an ES module has no name that people’s banners declare', () => {
  const text = readFileSync(path.join(repository, 'dist', 'index.js'), 'utf8');
  const statements = [...text.matchAll(/^(?:const|let|class|function) (?:\{([^}]*)\}|(\w+))/gm)];
  const names = statements.flatMap(([, many, one]) => many?.match(/\w+/g) ?? [one]);
  const banner = ['createRequire', 'dirname', 'fileURLToPath', 'fs', 'module', 'path', 'require'];
  expect(names).toContain('connect');
  expect(names.filter((name) => banner.includes(name ?? ''))).toEqual([]);
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

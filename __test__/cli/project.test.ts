// What doctor says of the project in the working directory.
import { createTestIssuer } from 'verify-workos-token/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command, projectOf, removeFolder, trust } from '../support/command.js';

type Files = Record<string, string | object>;

const NAME = 'verify-workos-token';
const LISTED = { dependencies: { [NAME]: '^0.1.0' } };
const NEXT = { dependencies: { [NAME]: '^0.1.0', next: '16.1.0' } };
const NEST = { dependencies: { [NAME]: '^0.1.0', '@nestjs/core': '^11.0.0' } };
const JEST = { ...LISTED, devDependencies: { jest: '^30.0.0' } };

let good: string[];

beforeAll(() => {
  good = trust(createTestIssuer());
});
afterAll(removeFolder);

/** The findings of a project, as `level id: message`. */
async function findingsIn(files: Files, below = ''): Promise<string[]> {
  const cwd = `${projectOf(files)}${below}`;
  const { stdout, stderr } = await command(['doctor', ...good, '--json'], { cwd });
  expect(stderr).toBe('');
  const { findings } = JSON.parse(stdout);
  const ofProject = findings.filter(({ area }: { area: string }) => area === 'project');
  for (const { level, nextStep } of ofProject)
    expect(nextStep !== null).toBe(/warn|fail/.test(level));
  return ofProject.map(
    ({ level, id, message }: Record<string, string>) => `${level} ${id}: ${message}`,
  );
}

const scripts = (build: string) => ({ ...LISTED, scripts: { build } });

describe.each<[string, [string, Files, RegExp | undefined][]]>([
  [
    'dependency',
    [
      ['not listed', {}, /^note .*npm install verify-workos-token$/],
      ['listed', { 'package.json': LISTED }, /^ok .* in dependencies$/],
      ['for development', { 'package.json': { devDependencies: { [NAME]: '1' } } }, /^warn /],
      [
        'an inherited name',
        { 'package.json': '{"__proto__":{"dependencies":{"x":"1"}}}' },
        /^note /,
      ],
    ],
  ],
  ['manifest', [['broken', { 'package.json': '{' }, /^warn manifest: is not a JSON object$/]]],
  [
    'omit-optional',
    [
      ['omit', { '.npmrc': 'registry=https://example.com\nomit=optional\n' }, /^warn /],
      ['optional=false', { '.npmrc': 'optional = false' }, /^warn /],
      ['other settings', { '.npmrc': 'omit=dev\n;omit=optional\n' }, undefined],
    ],
  ],
  [
    'next-external',
    [
      ['without a config', { 'package.json': NEXT }, /^note .*serverExternalPackages: \['verify/],
      [
        'listed',
        {
          'package.json': NEXT,
          'next.config.ts': `export default { serverExternalPackages: ['${NAME}'] }`,
        },
        /^ok .*next\.config\.ts lists/,
      ],
      [
        'in a comment',
        {
          'package.json': NEXT,
          'next.config.js': `// serverExternalPackages: ['${NAME}']\nmodule.exports = {}`,
        },
        /^note /,
      ],
      [
        'others listed',
        {
          'package.json': NEXT,
          'next.config.mjs': `export default { serverExternalPackages: ['pino'] }`,
        },
        /^note /,
      ],
      [
        'Next.js 14',
        { 'package.json': { dependencies: { next: '^14.2.0' } } },
        /^note .*experimental: \{ serverComponentsExternalPackages/,
      ],
      [
        'the installed version',
        {
          'package.json': { dependencies: { next: 'latest' } },
          'node_modules/next/package.json': { version: '14.0.0' },
        },
        /^note .*serverComponents/,
      ],
      ['no Next.js', { 'package.json': LISTED }, undefined],
    ],
  ],
  [
    'next-middleware',
    [
      [
        'at the edge',
        { 'package.json': NEXT, 'middleware.ts': `import '${NAME}/next'` },
        /^fail .*runs at the edge/,
      ],
      ['in src', { 'package.json': NEXT, 'src/middleware.js': `import '${NAME}/next'` }, /^fail /],
      [
        'in Node.js',
        {
          'package.json': NEXT,
          'middleware.ts': `import '${NAME}/next'\nexport const config = { runtime: 'nodejs' }`,
        },
        /^ok /,
      ],
      ['without the package', { 'package.json': NEXT, 'middleware.ts': 'export {}' }, undefined],
      ['proxy.ts', { 'package.json': NEXT, 'proxy.ts': `import '${NAME}/next'` }, undefined],
    ],
  ],
  [
    'jest-environment',
    [
      ['by default', { 'package.json': JEST }, /^ok /],
      [
        'jsdom in package.json',
        { 'package.json': { ...JEST, jest: { testEnvironment: 'jsdom' } } },
        /^warn .*package\.json sets jsdom/,
      ],
      [
        'jsdom in a file',
        {
          'package.json': JEST,
          'jest.config.ts': `export default { testEnvironment: "jest-environment-jsdom" }`,
        },
        /^warn .*jest\.config\.ts sets jsdom/,
      ],
      [
        'jsdom in JSON',
        { 'package.json': JEST, 'jest.config.json': { testEnvironment: 'jsdom' } },
        /^warn /,
      ],
      [
        'with conditions',
        {
          'package.json': JEST,
          'jest.config.js': `module.exports = { testEnvironment: 'jsdom', testEnvironmentOptions: { customExportConditions: ['node', 'require'] } }`,
        },
        /^ok /,
      ],
      [
        'node',
        { 'package.json': JEST, 'jest.config.js': `module.exports = { testEnvironment: 'node' }` },
        /^ok /,
      ],
    ],
  ],
  [
    'nest',
    [
      ['by default', { 'package.json': NEST }, /^ok .*without bundling$/],
      [
        'webpack',
        { 'package.json': NEST, 'nest-cli.json': { compilerOptions: { webpack: true } } },
        /^ok .*without the packages$/,
      ],
      [
        'webpack without externals',
        {
          'package.json': NEST,
          'nest-cli.json': { compilerOptions: { builder: 'webpack' } },
          'webpack.config.js': 'module.exports = (o) => ({ ...o, externals: [] })',
        },
        /^warn .*bundles all packages$/,
      ],
    ],
  ],
  [
    'esbuild',
    [
      [
        'to CommonJS',
        { 'package.json': scripts('esbuild src/index.ts --bundle --platform=node') },
        /^warn .*the script build bundles the package to CommonJS/,
      ],
      [
        'to an ES module',
        { 'package.json': scripts('esbuild a.ts --bundle --format=esm') },
        /^note /,
      ],
      ['external', { 'package.json': scripts(`esbuild a.ts --bundle --external:${NAME}`) }, /^ok /],
      [
        'all external',
        { 'package.json': scripts('esbuild a.ts --bundle --packages=external') },
        /^ok /,
      ],
      ['without bundling', { 'package.json': scripts('esbuild a.ts') }, undefined],
      [
        'a file',
        {
          'package.json': LISTED,
          'build.mjs': "import { build } from 'esbuild';\nbuild({ bundle: true })",
        },
        /^warn .*build\.mjs/,
      ],
      [
        'a file with external',
        {
          'package.json': LISTED,
          'esbuild.config.js': "require('esbuild').build({ bundle: true, packages: 'external' })",
        },
        /^ok /,
      ],
    ],
  ],
  [
    'tsup',
    [
      ['of a dependency', { 'package.json': scripts('tsup') }, /^ok /],
      [
        'for development',
        { 'package.json': { devDependencies: { [NAME]: '1' }, scripts: { build: 'tsup src' } } },
        /^warn /,
      ],
      [
        'forced in',
        { 'package.json': LISTED, 'tsup.config.ts': 'export default { noExternal: [/.*/] }' },
        /^warn /,
      ],
      [
        'named',
        { 'package.json': {}, 'tsup.config.ts': `export default { external: ['${NAME}'] }` },
        /^ok /,
      ],
      ['not used', { 'package.json': LISTED }, undefined],
    ],
  ],
  ['tsdown', [['of a dependency', { 'package.json': scripts('tsdown') }, /^ok /]]],
  [
    'webpack',
    [
      [
        'all bundled',
        { 'package.json': LISTED, 'webpack.config.js': 'module.exports = {}' },
        /^note /,
      ],
      [
        'external',
        {
          'package.json': LISTED,
          'webpack.config.js': `module.exports = { externals: ['${NAME}'] }`,
        },
        /^ok /,
      ],
      [
        'node externals',
        {
          'package.json': LISTED,
          'webpack.config.js': "const nodeExternals = require('webpack-node-externals')",
        },
        /^ok /,
      ],
      [
        'with NestJS',
        { 'package.json': NEST, 'webpack.config.js': 'module.exports = {}' },
        undefined,
      ],
    ],
  ],
  [
    'rollup',
    [
      ['by default', { 'package.json': LISTED, 'rollup.config.mjs': 'export default {}' }, /^ok /],
      [
        'with packages',
        {
          'package.json': LISTED,
          'rollup.config.mjs': "import resolve from '@rollup/plugin-node-resolve'",
        },
        /^note /,
      ],
      ['Rolldown', { 'package.json': LISTED, 'rolldown.config.ts': 'export default {}' }, /^note /],
      [
        'Rolldown with external',
        {
          'package.json': LISTED,
          'rolldown.config.ts': `export default { external: ['${NAME}'] }`,
        },
        /^ok /,
      ],
    ],
  ],
  [
    'vite',
    [
      [
        'all bundled',
        {
          'package.json': LISTED,
          'vite.config.ts': 'export default { ssr: { noExternal: true } }',
        },
        /^note /,
      ],
      [
        'all but it',
        {
          'package.json': LISTED,
          'vite.config.ts': `export default { ssr: { noExternal: true, external: ['${NAME}'] } }`,
        },
        /^ok /,
      ],
      [
        'it alone',
        {
          'package.json': LISTED,
          'vite.config.ts': `export default { ssr: { noExternal: ['${NAME}'] } }`,
        },
        /^note /,
      ],
      ['by default', { 'package.json': LISTED, 'vite.config.ts': 'export default {}' }, undefined],
    ],
  ],
  [
    'workers',
    [
      [
        'wrangler.toml',
        { 'package.json': LISTED, 'wrangler.toml': 'name = "x"' },
        /^warn .*Cloudflare Workers/,
      ],
      ['wrangler.jsonc', { 'package.json': LISTED, 'wrangler.jsonc': '{}' }, /^warn /],
    ],
  ],
])('%s', (id, cases) => {
  test.each(cases)('%s', async (_, files, expected) => {
    const found = (await findingsIn(files)).filter((text) => text.includes(` ${id}: `));
    expect(found).toEqual(expected === undefined ? [] : [expect.stringMatching(expected)]);
  });
});

test('a project is looked for upward', async () => {
  const found = await findingsIn({ 'package.json': LISTED, 'src/deep/file.js': '' }, '/src/deep');
  expect(found).toEqual([`ok dependency: lists ${NAME} in dependencies`]);
});

test('what is no file, or larger than any configuration, is passed over', async () => {
  const large = `export default { serverExternalPackages: ['${NAME}'] }\n${' '.repeat(1_048_576)}`;
  const found = await findingsIn({
    'package.json': NEXT,
    'next.config.js': large,
    'jest.config.js/a': '',
  });
  expect(found.join()).toMatch(/note next-external/);
  const just = large.slice(0, 1_048_576);
  const fits = await findingsIn({ 'package.json': NEXT, 'next.config.js': just });
  expect(fits.join()).toMatch(/ok next-external/);
});

test('no file is run', async () => {
  const trap = "require('node:fs').writeFileSync('run', '');";
  const cwd = projectOf({ 'package.json': NEXT, 'next.config.js': trap, 'jest.config.js': trap });
  await command(['doctor', ...good], { cwd });
  const { existsSync } = await import('node:fs');
  expect(existsSync(`${cwd}/run`)).toBe(false);
});

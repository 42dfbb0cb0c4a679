// passing-the-token.md: its files, compiled with the SDKs of WorkOS.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { blocksOf, readPage, rowsOf, writeBlocks } from './support/docs.js';
import { createProject, run } from './support/project.js';

const PAGE = 'passing-the-token.md';
let project: string;

beforeAll(async () => {
  project = await createProject('passing');
  writeBlocks(blocksOf(PAGE), project);
});

it('compiles', async () => {
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: 'es2023',
    module: 'esnext',
    moduleResolution: 'bundler',
    jsx: 'react-jsx',
    lib: ['es2023', 'dom'],
    types: ['node'],
  };
  const files = blocksOf(PAGE).map(({ name }) => name);
  expect(files).toEqual(['me.tsx', 'call.ts', 'app/who-am-i.tsx', 'app/profile/page.tsx']);
  writeFileSync(path.join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  await run(project, process.execPath, ['node_modules/typescript/bin/tsc']);
});

it('names the versions that it compiles with', () => {
  const file = path.join(project, 'package.json');
  const { dependencies } = JSON.parse(readFileSync(file, 'utf8'));
  for (const name of ['react', 'js', 'nextjs'].map((each) => `@workos-inc/authkit-${each}`))
    expect(readPage(PAGE)).toContain(`\`${name}\` ${dependencies[name]}`);
});

it('has versions that go together, as from-workos-node.md says', () => {
  const manifestOf = (name: string) =>
    JSON.parse(readFileSync(path.join(project, 'node_modules', name, 'package.json'), 'utf8'));
  const authkit = manifestOf('@workos-inc/authkit-nextjs');
  expect(authkit.peerDependencies['@workos-inc/node']).toBe('^9.0.0 || ^10.0.0');
  const { version } = manifestOf('@workos-inc/node');
  const rows = rowsOf('from-workos-node.md').filter(([first]) =>
    first?.includes('authkit-nextjs`'),
  );
  expect(rows).toEqual([
    [
      `\`@workos-inc/authkit-nextjs\` ${authkit.version}`,
      `\`@workos-inc/node\` ${version}, or no \`@workos-inc/node\` of your own`,
    ],
  ]);
});

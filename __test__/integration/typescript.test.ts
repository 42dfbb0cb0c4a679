import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { binding } from '../support/binding.js';
import { type Editor, openEditor } from './support/editor.js';
import { createProject, run } from './support/project.js';

const PROGRAMS = ['strict', 'next', 'without-express', 'custom-claims'];
const COMPILERS = ['typescript', 'typescript5'];
const RESOLUTIONS = [
  { module: 'node16', moduleResolution: 'node16' },
  { module: 'esnext', moduleResolution: 'bundler' },
];

let project: string;
beforeAll(async () => {
  project = await createProject('typescript');
  const express5 = readFileSync(path.join(project, 'strict', 'express-5.mts'), 'utf8');
  const express4 = express5.replace("from 'express'", "from 'express4'");
  writeFileSync(path.join(project, 'strict', 'express-4.mts'), express4);
  for (const program of PROGRAMS) addCommonJs(path.join(project, program));
});

// What must not compile stands under `@ts-expect-error`, which fails where it compiles.
describe.each(COMPILERS)('%s', (compiler) => {
  describe.each(RESOLUTIONS)('by $moduleResolution', ({ module, moduleResolution }) => {
    test.concurrent.each(PROGRAMS)('compiles a user’s program: %s', async (program) => {
      const tsc = path.join(project, 'node_modules', compiler, 'bin', 'tsc');
      const flags = ['--module', module, '--moduleResolution', moduleResolution];
      const args = [tsc, '--project', program, ...flags];
      expect(await run(project, process.execPath, args)).toBe('');
    });
  });
});

// TypeScript 7 has no such resolution any more.
test('the resolution of Node 10 finds the types of every entry point', async () => {
  const entries = ['', '/web', '/next', '/express', '/mcp', '/testing'];
  const lines = entries.flatMap((entry, index) => [
    `import * as found${index} from 'verify-workos-token${entry}';`,
    '// @ts-expect-error: known, so that what it does not export is an error.',
    `found${index}.missing;`,
  ]);
  writeFileSync(path.join(project, 'node10.ts'), lines.join('\n'));
  const tsc = path.join(project, 'node_modules', 'typescript5', 'bin', 'tsc');
  const flags = ['--noEmit', '--strict', '--target', 'es2022', '--skipLibCheck', '--types', 'node'];
  const resolution = ['--module', 'commonjs', '--moduleResolution', 'node10', 'node10.ts'];
  expect(await run(project, process.execPath, [tsc, ...flags, ...resolution])).toBe('');
});

describe('an editor', () => {
  let editor: Editor;
  beforeAll(() => {
    editor = openEditor(project, 'editor.mts');
  });

  test('shows what every code means where the mouse rests on `code`', () => {
    const shown = editor.hover('error.|code;');
    for (const code of binding.errorCodes()) expect(shown).toContain(`\`${code}\`: `);
  });

  test('shows it for one code where that is known', () => {
    const shown = editor.hover('expired.|code;');
    expect(shown).toContain('`TOKEN_EXPIRED`: ');
    expect(shown.match(/`[A-Z_]+`: /g)).toHaveLength(1);
  });

  test('shows it beside `code` in the list of completions', () => {
    const shown = editor.completion('error.|code;', 'code');
    for (const code of binding.errorCodes()) expect(shown).toContain(`\`${code}\`: `);
  });

  test('lists the codes in a comparison', () => {
    expect(editor.completions("error.code === '|';")).toEqual(
      expect.arrayContaining(binding.errorCodes()),
    );
  });

  test('shows the same where refusals are counted', () => {
    for (const code of binding.errorCodes()) {
      const counted = editor.completion('rejected.|TOKEN_EXPIRED', code).toLowerCase();
      const shown = editor.hover('error.|code;').toLowerCase();
      expect(counted).not.toBe('');
      expect(shown).toContain(`\`${code.toLowerCase()}\`: ${counted}`);
    }
  });
});

/** Every file once more, to be read as CommonJS. */
function addCommonJs(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.mts')) continue;
    copyFileSync(path.join(folder, name), path.join(folder, name.replace('.mts', '.cts')));
  }
}

// The spelling of everything that people read, by cspell. New words go into fixtures/spelling/words.txt.
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { createProject, repository, run } from './support/project.js';

const EXAMPLES = ['next', 'express', 'mcp', 'vitest'].map((name) => `examples/${name}`);
const PAGES = ['.', 'docs', ...EXAMPLES, 'bench', 'conformance'];
const TYPES = ['.', 'entries'];
let project: string;

beforeAll(async () => {
  project = await createProject('spelling');
});

function filesIn(folders: string[], extension: RegExp): string[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(repository, folder))
      .filter((name) => extension.test(name))
      .map((name) => path.join(repository, folder, name)),
  );
}

/** The words that cspell does not know. */
async function unknownIn(files: string[]): Promise<string[]> {
  const flags = ['--no-progress', '--no-summary', '--words-only', '--unique', '--no-exit-code'];
  const program = ['node_modules/cspell/bin.mjs', 'lint', ...flags, '--config', 'cspell.json'];
  const printed = await run(project, process.execPath, [...program, '--root', '/', ...files]);
  return printed.split('\n').filter((line) => line !== '');
}

it('knows every word of the pages and of the types', async () => {
  const files = [...filesIn(PAGES, /\.md$|^llms\.txt$/), ...filesIn(TYPES, /\.d\.cts$/)];
  expect(files.length).toBeGreaterThan(30);
  expect(await unknownIn(files)).toEqual([]);
});

it('finds a misspelled word and a British one, and none in code', async () => {
  const file = path.join(project, 'wrong.md');
  writeFileSync(file, 'A tokn of good behaviour.\n\n`cde`\n\n```js\ncnst\n```\n');
  expect((await unknownIn([file])).sort()).toEqual(['behaviour', 'tokn']);
});

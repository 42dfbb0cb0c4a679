// The code blocks of the guides, for the tests that run them.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { repository } from './project.js';

export interface Block {
  language: string;
  /** The file that the first line names, `// app/api/posts/route.ts`; else that line itself. */
  name: string;
  text: string;
}

const folder = path.join(repository, 'docs');

/** The guides whose blocks run in `__test__/integration/docs.test.ts`, in the real frameworks. */
export const FRAMEWORK_PAGES = ['express.md', 'next.md', 'other-frameworks.md'];

export function pages(): string[] {
  return readdirSync(folder).sort();
}

export function readPage(page: string): string {
  return readFileSync(path.join(folder, page), 'utf8');
}

/** All fenced blocks; those in lists without their indentation. */
export function blocksOf(page: string): Block[] {
  const fence = /^( *)(`{3,}|~{3,})(\S*)[^\n]*\n(.*?)^\1\2 *$/gms;
  return [...readPage(page).matchAll(fence)].map(([, indentation, , language, body]) => {
    const text = (body ?? '').replaceAll(new RegExp(`^${indentation}`, 'gm'), '');
    const [first = ''] = text.split('\n');
    return { language: language ?? '', name: first.replace(/^\/\/ (?=\S+$)/, ''), text };
  });
}

export function blockNamed(page: string, name: string): string {
  const block = blocksOf(page).find((candidate) => candidate.name === name);
  if (block === undefined) throw new Error(`${page} has no block that begins with "${name}"`);
  return block.text;
}

/** The rows of the tables of a page, as the texts of their cells. */
export function rowsOf(page: string): string[][] {
  const lines = readPage(page).match(/^ *\|.*\|$/gm) ?? [];
  return lines.map((line) =>
    line
      .trim()
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

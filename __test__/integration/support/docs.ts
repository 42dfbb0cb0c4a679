// The code blocks of the guides, for the tests that run them.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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
export const FRAMEWORK_PAGES = ['express.md', 'next.md'];

/** The guides whose servers run in `__test__/integration/recipes*.test.ts`, each in the folder of its name. */
export const RECIPE_PAGES = [
  'graphql-and-trpc.md',
  'nestjs.md',
  'other-frameworks.md',
  'server-setup.md',
  'websockets.md',
];

/** The pages about other libraries, whose blocks run in `__test__/integration/migration.test.ts`. */
export const MIGRATION_PAGES = [
  'from-aws-jwt-verify.md',
  'from-express-oauth2-jwt-bearer.md',
  'from-jose.md',
  'from-workos-node.md',
];

/** Each runs in a file of its own: `sessions.md` there and in `next.test.ts`, `from-authenticate.md` in `__test__/docs`. */
export const PAGES_OF_THEIR_OWN = [
  'deploying.md',
  'from-authenticate.md',
  'mcp.md',
  'passing-the-token.md',
  'sessions.md',
];

/** The guide whose blocks run in `__test__/integration/observability.test.ts`. */
export const OBSERVABILITY_PAGE = 'observability.md';

export function pages(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .sort();
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

/** Each into the file of its name. */
export function writeBlocks(blocks: Block[], folder: string): void {
  const written = new Set<string>();
  for (const { name, text } of blocks) {
    const file = path.join(folder, written.has(name) ? second(name) : name);
    written.add(name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** The file of a block whose name another had before: it stands in for that one later on. */
export function second(name: string): string {
  return name.replace('.ts', '.second.ts');
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

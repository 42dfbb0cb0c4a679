// The pages that scripts write: `npm run docs` makes them current.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { blocksOf, pages, readPage, rowsOf } from '../integration/support/docs.js';
import { compile, root, writeBlock } from '../support/guides.js';
import { isWine } from '../support/wine.js';

interface Scripts {
  apiPage(): string;
  entryPoints(): [title: string, file: string][];
  llmsText(): string;
}

async function script(name: string): Promise<Scripts> {
  return import(path.join(root, 'scripts', name));
}

// TypeScript reads the types in a process of its own, on whose pipe Wine waits for ever.
describe.skipIf(isWine)('api.md', () => {
  const text = readPage('api.md');

  it('is what the types say', async () => {
    expect((await script('api.mjs')).apiPage()).toBe(text);
  });

  it('has a section for each entry point, and every name that they export', async () => {
    for (const [title, file] of (await script('api.mjs')).entryPoints()) {
      const section = text.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
      const types = readFileSync(path.join(root, file), 'utf8');
      const exported = /^export (?:declare )?(?:function|const|type|interface|class) (\w+)/gm;
      const names = [...types.matchAll(exported)].map(([, name]) => name as string);
      expect(names.length, file).toBeGreaterThan(0);
      for (const name of names) expect(section, name).toContain(`### \`${name}\``);
    }
  });

  it('shows what errors and events have in common', () => {
    const rows = rowsOf('api.md').map(([name]) => name);
    for (const member of ['`hint`', '`retryAfterSeconds?`', '`sequence`'])
      expect(rows, member).toContain(member);
  });

  it('shows an option with its type, range and default', () => {
    const row = rowsOf('api.md').find(([name]) => name === '`clockToleranceSeconds?`');
    expect(row?.[1]).toContain('`number');
    expect(row?.at(-1)).toMatch(/0 to 300\. Default 5\.$/);
  });

  it('has examples that compile', async () => {
    const examples = blocksOf('api.md').filter(({ text }) => !/^(type|function|const) /.test(text));
    expect(examples.length).toBeGreaterThan(3);
    examples.forEach(({ text }, index) => {
      writeBlock('api.md', `example${index}.ts`, `${PRELUDE}\n${withImports(text)}`);
    });
    const all = examples.map((_, index) => `import './example${index}.ts';`).join('\n');
    writeBlock('api.md', 'all.ts', `${all}\n`);
    await compile('api.md', 'all.ts');
  }, 60_000);
});

const PRELUDE = `
  declare const token: string;
  // biome-ignore lint/suspicious/noExplicitAny: Express is not installed here.
  declare const app: { get(path: string, ...handlers: ((...all: any[]) => unknown)[]): void };
  void token;
  void app;`;

/** What an example uses, imported from where it is. */
function withImports(text: string): string {
  const sources = [
    [
      'verify-workos-token',
      [
        'verifyWorkosToken',
        'explainWorkosToken',
        'testWorkosConnection',
        'createWorkosVerifier',
        'verifyWorkosSession',
      ],
    ],
    ['verify-workos-token/web', ['authenticateRequest', 'errorToResponse']],
    ['verify-workos-token/next', ['withWorkosToken']],
    ['verify-workos-token/express', ['requireWorkosToken']],
    ['verify-workos-token/mcp', ['createMcpResource']],
    ['verify-workos-token/testing', ['createTestIssuer']],
  ] as const;
  const imports = sources.map(([source, names]) => {
    const used = names.filter((name) => new RegExp(`\\b${name}\\b`).test(text));
    return used.length === 0 ? '' : `import { ${used.join(', ')} } from '${source}';`;
  });
  return `import type {} from 'verify-workos-token';\n${imports.join('\n')}\n${text}\n`;
}

describe('llms.txt', () => {
  const text = readFileSync(path.join(root, 'llms.txt'), 'utf8');

  it('is what the index of the guides says', async () => {
    expect((await script('llms.mjs')).llmsText()).toBe(text);
  });

  it('lists every page once, each with a sentence', () => {
    const listed = [...text.matchAll(/^- \[.+\]\(docs\/(.+)\): [A-Z`].+\.$/gm)].map(
      ([, page]) => page,
    );
    expect(listed.sort()).toEqual(pages().filter((page) => page !== 'README.md'));
  });

  it('is published', () => {
    const { files } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    expect(files).toContain('llms.txt');
  });
});

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { blocksOf, readPage, rowsOf } from '../integration/support/docs.js';
import { rows } from '../causes/support.js';
import { root, unquote } from '../support/guides.js';

describe('troubleshooting.md', () => {
  const page = 'troubleshooting.md';

  it('has the table of causes as scripts/causes.mjs writes it', async () => {
    const script = path.join(root, 'scripts', 'causes.mjs');
    const { withTable } = (await import(script)) as { withTable(): Promise<string> };
    expect(readPage(page)).toBe(await withTable());
  });

  it('has every cause once, with its hint', () => {
    const cells = rowsOf(page).map(([id = '', , hint = '']) => [unquote(id), hint]);
    for (const { id, hint } of rows) {
      const plain = hint.replaceAll(/[\\`]/g, '');
      const own = cells.filter(([name]) => name === id);
      expect(
        own.map(([, text = '']) => text.replaceAll(/[\\`]/g, '')),
        id,
      ).toEqual([plain]);
    }
  });

  it('has the symptoms that people search for', () => {
    const headings = readPage(page).match(/^### .*$/gm) ?? [];
    expect(headings.slice(0, 8)).toEqual([
      '### 401, and nothing in the log',
      '### Works locally, 401 in production',
      '### Everybody was signed out for a minute',
      '### Must use import to load ES Module',
      '### No native binary',
      '### My fetch mock is never called',
      '### `INVALID_AUDIENCE` for old sessions',
      '### 404 from the key URL',
    ]);
  });

  it('shows a refusal as it is', () => {
    const [code = '', hint = ''] = (blocksOf(page)[0]?.text ?? '').split('\n');
    expect(code).toBe('INVALID_AUDIENCE: the token has no aud claim');
    const row = rows.find(({ id }) => id === 'no-audience');
    expect(row?.hint).toContain(hint.replace(/ \.\.\.$/, ''));
  });

  it('lists every code of a refusal, and every cause of a failed fetch', () => {
    const types = readFileSync(path.join(root, 'index.d.cts'), 'utf8');
    const members = /interface WorkosTokenErrorByCode \{(.*?)\n\}/s.exec(types)?.[1] ?? '';
    const codes = [...members.matchAll(/^ {2}(\w+): \w+;$/gm)].map(([, code]) => code);
    const causes = /interface WorkosFetchError .*?code:(.*?);/s.exec(types)?.[1] ?? '';
    expect(firstCells('code')).toEqual(codes);
    expect(firstCells('`error.cause.code`').sort()).toEqual(quotedWords(causes).sort());
  });

  /** The codes in the first column of the table that has this heading. */
  function firstCells(heading: string): string[] {
    const rows = rowsOf(page);
    const body = rows.slice(rows.findIndex(([first]) => first === heading) + 2);
    const end = body.findIndex(([first = '']) => !/^`[A-Z_]+`/.test(first));
    return body
      .slice(0, end === -1 ? undefined : end)
      .flatMap(([first = '']) => unquote(first).split(', '));
  }

  function quotedWords(text: string): string[] {
    return [...text.replaceAll(/\/\*\*.*?\*\//gs, '').matchAll(/'(\w+)'/g)].map(
      ([, word]) => word as string,
    );
  }

  it('names the error of a missing binary as it is thrown', () => {
    const row = rowsOf(page).findIndex(([first]) => first === 'message') + 2;
    const message = rowsOf(page)[row]?.[0]?.slice(1, -1) ?? '';
    expect(readFileSync(path.join(root, 'lib', 'unavailable.ts'), 'utf8')).toContain(
      ` ${message} (`,
    );
  });
});

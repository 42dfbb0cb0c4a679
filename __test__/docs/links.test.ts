import { describe, expect, it } from 'vitest';
import {
  anchorsOf,
  deadEnd,
  markdownFiles,
  readRepositoryFile,
  relativeLinks,
} from '../support/markdown.js';

describe('links', () => {
  it.each(markdownFiles())('%s links to what exists', (file) => {
    const links = relativeLinks(readRepositoryFile(file));
    expect(links.map((target) => deadEnd(file, target)).filter(Boolean)).toEqual([]);
  });

  it('are checked: a file, a heading and a folder', () => {
    expect(deadEnd('README.md', 'docs/none.md')).toContain('does not exist');
    expect(deadEnd('README.md', 'docs/README.md#none')).toContain('no such heading');
    expect(deadEnd('README.md', 'docs#none')).toContain('is a folder');
    expect(deadEnd('docs/README.md', '../README.md#options')).toBeUndefined();
    expect(relativeLinks('[a](b.md) ![c](d.svg) [e](https://f.example) `[g](h)`')).toEqual([
      'b.md',
      'd.svg',
    ]);
  });

  it('of headings are those of GitHub', () => {
    const text = '# `a.b`, C & [d](e.md)\n## A\n## A\n```sh\n# no\n```\n';
    expect(anchorsOf(text)).toEqual(['ab-c--d', 'a', 'a-1']);
  });
});

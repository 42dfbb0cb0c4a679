// Writes llms.txt from the index of docs/README.md: the pages, with one sentence each.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './tools.mjs';

const FILE = path.join(root, 'llms.txt');
const INDEX = path.join(root, 'docs', 'README.md');

if (process.argv[1] === import.meta.filename) writeFileSync(FILE, llmsText());

/** The file as it must be. */
export function llmsText() {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const groups = readFileSync(INDEX, 'utf8')
    .split(/^## /m)
    .slice(1)
    .map((text) => ({ title: text.split('\n')[0], pages: pagesOf(text) }))
    .filter(({ pages }) => pages.length > 0)
    .map(({ title, pages }) => `## ${title}\n\n${pages.join('\n')}\n`);
  return [`# ${manifest.name}\n`, `> ${manifest.description}.\n`, ...groups].join('\n');
}

/**
 * The rows of a group whose first cell is a link. Links are from the package's folder.
 *
 * @param {string} text
 */
function pagesOf(text) {
  return [...text.matchAll(/^\| \[(.+?)\]\(([^)#]+)\) \| (.+) \|$/gm)].map(
    ([, title, target, sentence = '']) => {
      const file = path.posix.join('docs', String(target));
      return `- [${title}](${file}): ${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
    },
  );
}

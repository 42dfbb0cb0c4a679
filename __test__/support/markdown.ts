// The Markdown of the repository, for the tests of links and prose.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { root } from './guides.js';

/** What is installed, built or left behind by runs. */
const SKIPPED = ['.git', '.next', 'dist', 'node_modules', 'target'];

/** Every Markdown file of the repository. Without git, which images for tests do not have. */
export function markdownFiles(folder = ''): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !SKIPPED.includes(name))
    .flatMap((entry) => {
      const name = path.posix.join(folder, entry.name);
      if (entry.isDirectory()) return markdownFiles(name);
      return /\.md$|^llms\.txt$/.test(name) ? [name] : [];
    })
    .sort();
}

export function readRepositoryFile(name: string): string {
  return readFileSync(path.join(root, name), 'utf8');
}

/** Without code: neither its links nor its words are the text's own. */
export function withoutCode(text: string): string {
  return withoutBlocks(text).replaceAll(/(`+)[^`\n](?:.*?[^`\n])??\1(?!`)/g, 'code');
}

function withoutBlocks(text: string): string {
  return text.replaceAll(/^( *)(`{3,}|~{3,})[^\n]*\n.*?^\1\2 *$/gms, '');
}

/** The targets of links and images that are not addresses of the web. */
export function relativeLinks(text: string): string[] {
  const targets = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(
    ([, target = '']) => target,
  );
  return targets.filter((target) => !/^(https?|mailto):/.test(target));
}

/** What is wrong with a link in a file; `undefined` if it leads somewhere. */
export function deadEnd(file: string, target: string): string | undefined {
  const [linked = '', anchor] = target.split('#');
  const name = linked === '' ? file : path.join(path.dirname(file), linked);
  const absolute = path.join(root, name);
  if (!existsSync(absolute)) return `${file}: ${target} does not exist`;
  if (anchor === undefined) return undefined;
  if (statSync(absolute).isDirectory()) return `${file}: ${target} is a folder`;
  const anchors = anchorsOf(readRepositoryFile(name));
  return anchors.includes(anchor) ? undefined : `${file}: ${target} has no such heading`;
}

/** As GitHub makes them: a heading that comes again is numbered. */
export function anchorsOf(text: string): string[] {
  const counts = new Map<string, number>();
  return [...withoutBlocks(text).matchAll(/^ {0,3}#{1,6} +(.*?) *#*$/gm)].map(
    ([, heading = '']) => {
      const anchor = heading
        .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
        .replaceAll(' ', '-');
      const count = counts.get(anchor) ?? 0;
      counts.set(anchor, count + 1);
      return count === 0 ? anchor : `${anchor}-${count}`;
    },
  );
}

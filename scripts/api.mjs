// Writes docs/api.md from the public type declarations, whose text it repeats.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { getTokenPosOfNode, SyntaxKind } from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';
import { plainText, readComment } from './api-comments.mjs';
import { cell } from './markdown.mjs';
import { root } from './tools.mjs';

/** @typedef {import('typescript/unstable/ast').SourceFile} SourceFile */
/** @typedef {import('./api-comments.mjs').Comment} Comment */
/**
 * @typedef {{ name: string, kind: number, isExported: boolean, bases: string[], text: string,
 *   comment: Comment, members: Member[] }} Declaration
 */
/** @typedef {{ name: string, type: string, comment: Comment }} Member */

const PAGE = path.join(root, 'docs', 'api.md');
const INTRODUCTION = `# API reference

Every function, option and type, with the text that your editor shows. \`npm run docs\` writes this page from the type declarations.
`;
/** What several entry points export, and none by itself. */
const SHARED = ['Shared by the adapters', 'entries/adapters.d.cts'];

if (process.argv[1] === import.meta.filename) writeFileSync(PAGE, apiPage());

/** The page as it must be. */
export function apiPage() {
  const entries = [...entryPoints(), SHARED].sort(([, a], [, b]) => orderOf(a) - orderOf(b));
  const api = new API({ cwd: root });
  try {
    const snapshot = api.updateSnapshot({ openProject: path.join(root, 'tsconfig.json') });
    const program = snapshot.getProjects()[0]?.program;
    const sections = entries.map(([title, file]) => {
      const source = program?.getSourceFile(path.join(root, String(file)));
      if (source === undefined) throw new Error(`${file} is not part of the project`);
      return section(String(title), declarationsOf(source));
    });
    return [INTRODUCTION, ...sections].join('\n');
  } finally {
    api.close();
  }
}

/** The entry points that have types, in the order of package.json. */
export function entryPoints() {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  return Object.entries(manifest.exports)
    .filter(([, target]) => typeof target !== 'string')
    .map(([entry, target]) => [`\`${manifest.name}${entry.slice(1)}\``, target.require.types]);
}

/** Functions of the root first, then what the adapters share, then the rest. @param {string} [file] */
function orderOf(file = '') {
  return file === './index.d.cts' ? 0 : file === SHARED[1] ? 1 : 2;
}

/**
 * @param {string} title
 * @param {Declaration[]} declarations
 */
function section(title, declarations) {
  const names = [...new Set(declarations.filter(isShown).map(({ name }) => name))];
  const byName = names.map((name) => declarations.filter((each) => each.name === name));
  const isFunction = (/** @type {Declaration[]} */ [first]) =>
    first?.kind === SyntaxKind.FunctionDeclaration;
  const ordered = [...byName.filter(isFunction), ...byName.filter((group) => !isFunction(group))];
  return [`## ${title}\n`, ...ordered.map(describe)].join('\n');
}

/**
 * What is not exported is shown if others are made of it. What only narrows another one is left to
 * that one.
 *
 * @param {Declaration} declaration
 * @param {number} _index
 * @param {Declaration[]} all
 */
function isShown({ name, isExported, bases, comment }, _index, all) {
  const narrows = all.some((other) => bases.includes(other.name));
  const isBase = all.some((other) => other.isExported && other.bases.includes(name));
  return isExported || isBase || (!narrows && comment.paragraphs.length > 0);
}

/** @param {Declaration[]} group */
function describe(group) {
  const [first] = group;
  const lines = [`### \`${first?.name}\`\n`];
  const listed = group.find(({ members }) => members.length > 0);
  const code = group.filter((each) => each !== listed).map(({ text }) => text);
  if (code.length > 0) lines.push('```ts', ...code, '```\n');
  for (const { comment } of group) lines.push(...plainText(comment));
  if (first?.isExported === false) lines.push('Not exported by this name.\n');
  if (listed !== undefined && listed.bases.length > 0)
    lines.push(`Extends ${listed.bases.map((base) => `\`${base}\``).join(', ')}.\n`);
  if (listed !== undefined) {
    lines.push('| member | type | |', '|---|---|---|');
    for (const member of listed.members) lines.push(rowOf(member));
    lines.push('');
  }
  return lines.join('\n');
}

/** @param {Member} member */
function rowOf({ name, type, comment }) {
  const text = plainText(comment, ' ').join(' ').trim();
  return `| \`${name}\` | \`${type.replaceAll('|', '\\|')}\` | ${cell(text)} |`;
}

/** @param {SourceFile} source @returns {Declaration[]} */
function declarationsOf(source) {
  return source.statements.filter(isDeclaration).map((/** @type {any} */ node) => {
    const text = textOf(node, source);
    const { declarationList, heritageClauses } = node;
    return {
      name: (node.name ?? declarationList.declarations[0].name).text,
      kind: node.kind,
      isExported: text.startsWith('export '),
      bases: (heritageClauses ?? []).flatMap((/** @type {any} */ clause) =>
        clause.types.map((/** @type {any} */ type) => type.expression.text),
      ),
      text: text.replace(/^export /, '').replace(/^declare /, ''),
      comment: readComment(commentOf(node, source)),
      members: (node.kind === SyntaxKind.InterfaceDeclaration ? node.members : [])
        .filter((/** @type {any} */ member) => member.name !== undefined)
        .map((/** @type {any} */ member) => memberOf(member, source)),
    };
  });
}

/** @param {{ kind: number }} node */
function isDeclaration({ kind }) {
  return [
    SyntaxKind.FunctionDeclaration,
    SyntaxKind.InterfaceDeclaration,
    SyntaxKind.TypeAliasDeclaration,
    SyntaxKind.VariableStatement,
  ].includes(kind);
}

/** @param {any} node @param {SourceFile} source @returns {Member} */
function memberOf(node, source) {
  const [name = '', type = ''] = splitMember(oneLine(textOf(node, source)));
  return { name, type, comment: readComment(commentOf(node, source)) };
}

/** Name, with a question mark if it is optional, and type. @param {string} text */
function splitMember(text) {
  const member = text
    .replace(/^readonly /, '')
    .replace(/;$/, '')
    .replace('this: void, ', '');
  const [, name = member, rest = ''] = /^(\[[^\]]+\]|[\w$]+\??)(.*)$/.exec(member) ?? [];
  const type = rest.replace('(this: void)', '()');
  if (!type.startsWith('(')) return [name, type.replace(/^: /, '')];
  const end = type.lastIndexOf('): ');
  return [name, `${type.slice(0, end + 1)} => ${type.slice(end + 3)}`];
}

/** Without comments inside. @param {string} text */
function oneLine(text) {
  return text
    .replaceAll(/\/\*\*.*?\*\//gs, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(': | ', ': ');
}

/** @param {any} node @param {SourceFile} source */
function textOf(node, source) {
  return source.text.slice(getTokenPosOfNode(node, source, false), node.end);
}

/** @param {any} node @param {SourceFile} source */
function commentOf(node, source) {
  const comment = node.jsDoc?.at(-1);
  return comment === undefined ? '' : source.text.slice(comment.pos, comment.end);
}

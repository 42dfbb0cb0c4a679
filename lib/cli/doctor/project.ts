// The project in the working directory, as text: none of its files is run.

const { readFileSync, statSync } = process.getBuiltinModule('node:fs');
const { dirname, join } = process.getBuiltinModule('node:path');

/** More than any configuration that people write. */
const MAX_FILE_BYTES = 1_048_576;
const SCRIPT_EXTENSIONS = ['js', 'mjs', 'cjs', 'ts', 'mts', 'cts'];
const DEPENDENCY_FIELDS = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
] as const;

type Members = Readonly<Record<string, unknown>>;
export type DependencyField = (typeof DEPENDENCY_FIELDS)[number];

export interface ConfigFile {
  readonly name: string;
  /** Without comments. */
  readonly text: string;
}

export interface Project {
  readonly folder: string;
  /** `undefined` if package.json is no JSON object. */
  readonly manifest: Members | undefined;
}

/** The folder of the next package.json, as npm looks for it. */
export function findProject(start: string): Project | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const text = textOf(join(folder, 'package.json'));
    if (text !== undefined) return { folder, manifest: membersOf(parse(text)) };
    if (dirname(folder) === folder) return undefined;
  }
}

/** The field that names the package, and the range of versions there. */
export function dependencyOf(
  { manifest }: Project,
  name: string,
): { field: DependencyField; range: string } | undefined {
  for (const field of DEPENDENCY_FIELDS) {
    const range = memberOf(membersOf(memberOf(manifest, field)), name);
    if (typeof range === 'string') return { field, range };
  }
  return undefined;
}

/** Of the installed package, or else of the range in package.json. */
export function majorOf(project: Project, name: string): number | undefined {
  const manifest = textOf(join(project.folder, 'node_modules', name, 'package.json'));
  const installed = memberOf(membersOf(parse(manifest ?? '')), 'version');
  const version = typeof installed === 'string' ? installed : dependencyOf(project, name)?.range;
  const major = version?.match(/\d+/)?.[0];
  return major === undefined ? undefined : Number(major);
}

/** The scripts of package.json. */
export function scriptsOf({ manifest }: Project): { name: string; text: string }[] {
  return Object.entries(membersOf(memberOf(manifest, 'scripts')) ?? {})
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    .map(([name, text]) => ({ name, text }));
}

/** The first file of these, each with one of the extensions of scripts unless it has one. */
export function configOf({ folder }: Project, ...names: readonly string[]): ConfigFile | undefined {
  for (const name of names.flatMap(withExtensions)) {
    const text = textOf(join(folder, name));
    if (text !== undefined) return { name, text: withoutComments(text) };
  }
  return undefined;
}

/** A part of package.json that stands for a file. */
export function configIn({ manifest }: Project, member: string): ConfigFile | undefined {
  const value = memberOf(manifest, member);
  return value === undefined ? undefined : { name: 'package.json', text: JSON.stringify(value) };
}

function withExtensions(name: string): string[] {
  const hasOne = /\.\w+$/.test(name) && !/\.config$/.test(name);
  return hasOne ? [name] : SCRIPT_EXTENSIONS.map((extension) => `${name}.${extension}`);
}

function textOf(file: string): string | undefined {
  try {
    const { size } = statSync(file);
    return size > MAX_FILE_BYTES ? undefined : readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Not those in strings, as in `https://`: only after a space or at the begin of a line. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*.*?\*\/|(?<=^|\s)\/\/[^\n]*/gs, '');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function membersOf(value: unknown): Members | undefined {
  return typeof value === 'object' && value !== null ? (value as Members) : undefined;
}

function memberOf(members: Members | undefined, name: string): unknown {
  return members !== undefined && Object.hasOwn(members, name) ? members[name] : undefined;
}

// Node, the package and its binary.

import { platform } from '../../platform.ts';
import { type Library, loadLibrary } from '../library.ts';
import { readVersion } from '../version.ts';
import { type Finding, findingsOf } from './finding.ts';

const { existsSync, readFileSync } = process.getBuiltinModule('node:fs');
const { dirname, join } = process.getBuiltinModule('node:path');

const { ok, warn, fail } = findingsOf('installation');
/** As in package.json. */
const OLDEST_NODE = [20, 19] as const;

export interface Installation {
  readonly nodeVersion: string;
  readonly platform: string;
  readonly packageVersion: string;
  /** `null` if it can't be loaded, or can't be found among what the process has loaded. */
  readonly binaryVersion: string | null;
}

export interface Inspected {
  readonly installation: Installation;
  readonly findings: readonly Finding[];
  /** `undefined` if it can't be loaded. */
  readonly library: Library | undefined;
}

export async function inspectInstallation(): Promise<Inspected> {
  const packageVersion = readVersion();
  const { library, findings } = await tryLibrary();
  const binaryVersion = library === undefined ? null : versionOfBinary();
  const installation = {
    nodeVersion: process.versions.node,
    platform: platform(),
    packageVersion,
    binaryVersion,
  };
  const versions = library === undefined ? [] : [versionFinding(packageVersion, binaryVersion)];
  return { installation, library, findings: [nodeFinding(), ...findings, ...versions] };
}

async function tryLibrary(): Promise<{ library: Library | undefined; findings: Finding[] }> {
  try {
    return { library: await loadLibrary(), findings: [] };
  } catch (error) {
    const [fact = '', ...steps] = String((error as Partial<Error>).message).split(/(?<=\.) /);
    const nextStep = steps.join(' ') || 'Install the package again.';
    return { library: undefined, findings: [fail('binary', 'binary', fact, nextStep)] };
  }
}

function nodeFinding(): Finding {
  const { node } = process.versions;
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  const isSupported = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
  const text = `${node} on ${platform()}`;
  if (isSupported) return ok('node', 'Node.js', text);
  const oldest = OLDEST_NODE.join('.');
  return fail(
    'node',
    'Node.js',
    `${text}, older than ${oldest}`,
    `Install Node.js ${oldest} or newer.`,
  );
}

function versionFinding(version: string, binaryVersion: string | null): Finding {
  if (binaryVersion === null || binaryVersion === version)
    return ok('package', 'package', `${version}, with its binary`);
  return warn(
    'package',
    'package',
    `${version}, with the binary of ${binaryVersion}`,
    'Install again, so that both are of one version: delete node_modules and run your package manager.',
  );
}

/** By the file that the process has loaded: the loader looks in several places. */
function versionOfBinary(): string | null {
  const file = loadedFiles().find((name) => /verify-workos-token\.[^/\\]*\.node$/.test(name));
  const manifest = file === undefined ? '' : join(dirname(file), 'package.json');
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : null;
}

/** None if the runtime has no reports. */
function loadedFiles(): string[] {
  try {
    // Otherwise Node resolves the names of connected addresses.
    Reflect.set(process.report, 'excludeNetwork', true);
    const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] };
    return sharedObjects;
  } catch {
    return [];
  }
}

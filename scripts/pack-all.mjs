// `npm run pack:all -- <folder>`: every tarball that a user's npm fetches on this platform.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { platform } from '../js/loader.cjs';
import { binary, buildIfChanged } from './addon.mjs';
import { fail, npm, requireTools, root } from './tools.mjs';

// For tests of the package: whatever binary is in place will do.
const AS_BUILT = '--as-built';

const [folder, ...others] = process.argv.slice(2).filter((argument) => argument !== AS_BUILT);
if (folder === undefined || others.length > 0) fail('usage: npm run pack:all -- <folder>');
const destination = path.resolve(process.env.INIT_CWD ?? process.cwd(), folder);

if (!process.argv.includes(AS_BUILT)) {
  requireTools();
  buildIfChanged('release');
} else if (!existsSync(binary)) {
  fail('The addon has not been built: npm run build.');
}
packAll();

function packAll() {
  const platformFolder = path.join(root, 'npm', platform);
  if (!existsSync(path.join(platformFolder, 'package.json'))) {
    fail(`There is no platform package for ${platform} yet.`);
  }
  const staging = mkdtempSync(path.join(tmpdir(), 'verify-workos-token-'));
  mkdirSync(destination, { recursive: true });
  try {
    const stagedRoot = path.join(staging, 'root');
    stage(root, stagedRoot);
    writeManifest(stagedRoot);
    const stagedPlatform = path.join(staging, platform);
    stage(platformFolder, stagedPlatform);
    cpSync(path.join(root, 'LICENSE'), path.join(stagedPlatform, 'LICENSE'));
    pack(stagedRoot, stagedPlatform);
  } finally {
    rmSync(staging, { recursive: true });
  }
}

/**
 * Copies what is published of a package.
 *
 * @param {string} source
 * @param {string} copy
 */
function stage(source, copy) {
  const { files } = readManifest(source);
  for (const file of ['package.json', 'README.md', 'LICENSE', ...files]) {
    const from = path.join(source, file);
    if (existsSync(from)) cpSync(from, path.join(copy, file), { recursive: true });
  }
}

/**
 * The platform packages are dependencies in what is published alone: `npm ci` in the repository
 * would ask for versions that do not exist yet.
 *
 * @param {string} folder
 */
function writeManifest(folder) {
  const { scripts, devDependencies, ...manifest } = readManifest(folder);
  const optionalDependencies = Object.fromEntries(
    platformPackages().map((name) => [name, manifest.version]),
  );
  const text = JSON.stringify({ ...manifest, optionalDependencies }, null, 2);
  writeFileSync(path.join(folder, 'package.json'), `${text}\n`);
}

/** Those that the loader asks for. */
function platformPackages() {
  const loader = readFileSync(path.join(root, 'index.js'), 'utf8');
  return [...loader.matchAll(/require\('(verify-workos-token-[^']+)'\)/g)].map(([, name]) => name);
}

/** @param {string} folder */
function readManifest(folder) {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
}

/** @param {string[]} folders */
function pack(...folders) {
  const [command, ...first] = npm();
  const args = [
    ...first,
    'pack',
    '--loglevel=error',
    '--pack-destination',
    destination,
    ...folders,
  ];
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) fail('npm pack failed.');
}

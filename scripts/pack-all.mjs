// `npm run pack:all -- <folder>`: every tarball that a user's npm fetches on this platform; for a
// release those of all platforms, or for a rehearsal of one without some.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildIfChanged } from './addon.mjs';
import buildDistIfChanged from './dist.mjs';
import { wantedIn } from './left-out.mjs';
import { platform } from './platform.mjs';
import { platforms, writePlatformPackage } from './platform-package.mjs';
import { repositoryAddress, writeAddresses } from './repository.mjs';
import { temporaryFolder } from './temporary.mjs';
import { fail, npm, requireTools, root } from './tools.mjs';

// For tests of the package: whatever binary is in place will do.
const AS_BUILT = '--as-built';
// With the binaries in place that the machines of a release built, each its own.
const ALL_PLATFORMS = '--all-platforms';

const FLAGS = [AS_BUILT, ALL_PLATFORMS];

const { wanted, rest } = wantedIn(process.argv.slice(2));
const flags = rest.filter((argument) => FLAGS.includes(argument));
const [folder, ...others] = rest.filter((argument) => !FLAGS.includes(argument));
const packed = flags.includes(ALL_PLATFORMS) ? wanted : [platform];
if (folder === undefined || others.length > 0) fail('usage: npm run pack:all -- <folder>');
const address = repositoryAddress();
if (flags.includes(ALL_PLATFORMS) && address === undefined) {
  fail('A release names its repository: set REPOSITORY_URL, as https://github.com/<owner>/<name>.');
}
const destination = path.resolve(process.env.INIT_CWD ?? process.cwd(), folder);

if (flags.length === 0) {
  requireTools();
  buildIfChanged('release');
}
await buildDistIfChanged();
packAll();

function packAll() {
  const missing = packed.filter((name) => !existsSync(binaryOf(name)));
  if (missing.length > 0) fail(`No addon has been built for ${missing.join(', ')}: npm run build.`);
  const staging = temporaryFolder();
  mkdirSync(destination, { recursive: true });
  const stagedRoot = path.join(staging, 'root');
  stage(root, stagedRoot);
  writeManifest(stagedRoot);
  const folders = packed.map((name) => stagePlatform(name, path.join(staging, name)));
  if (address !== undefined) {
    writeAddresses(stagedRoot, address);
    packed.forEach((name, index) => {
      writeAddresses(String(folders[index]), address, `npm/${name}`);
    });
  }
  pack(stagedRoot, ...folders);
}

/**
 * @param {string} name
 * @param {string} folder
 */
function stagePlatform(name, folder) {
  writePlatformPackage(name, folder);
  // Made by scripts/notices.mjs, which a test holds to the lock file of the crates.
  const notices = path.join(root, 'npm', 'THIRD-PARTY-NOTICES.txt');
  for (const file of [binaryOf(name), notices, path.join(root, 'LICENSE')]) {
    cpSync(file, path.join(folder, path.basename(file)));
  }
  return folder;
}

/** @param {string} name */
function binaryOf(name) {
  return path.join(root, 'npm', name, `verify-workos-token.${name}.node`);
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
    platforms().map((name) => [`verify-workos-token-${name}`, manifest.version]),
  );
  const text = JSON.stringify({ ...manifest, optionalDependencies }, null, 2);
  writeFileSync(path.join(folder, 'package.json'), `${text}\n`);
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

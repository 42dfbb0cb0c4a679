// The development dependencies: those of the lock file, and the emulator that the tests log in to.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { locked } from './lock.mjs';
import { integrityOf, unpack } from './tarball.mjs';
import { temporaryFolder } from './temporary.mjs';
import { fail, npm, root, run } from './tools.mjs';

// Unpacked beside what npm installs: it comes in WorkOS's command-line tool, whose dependencies take
// 230 MB, and itself needs but two of them, which package.json names.
const EMULATOR = {
  name: 'workos',
  version: '0.14.0',
  integrity:
    'sha512-0p+W/7qrP0zYVRt/0y6NH4URkWAl8S2ZEPLDFbYEx1VefPErKXUrY21MkVH42pv5sNlF7XEEm3fGc0jlQCV0zg==',
};

const [command, ...npmArguments] = npm();
const modules = path.join(root, 'node_modules');
// The stamp lies in the folder it describes, and goes with it.
const stamp = path.join(modules, '.dependencies.sha256');
const hash = createHash('sha256')
  .update(readFileSync(path.join(root, 'package-lock.json')))
  .update(EMULATOR.integrity)
  .digest('hex');

// Another may have installed them meanwhile.
if (!isInstalled()) locked(() => isInstalled() || install());

function isInstalled() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
}

function install() {
  console.log('Installing the development dependencies.');
  run(command, [...npmArguments, 'ci', '--no-audit', '--no-fund', '--loglevel=error']);
  unpackEmulator();
  writeFileSync(stamp, hash);
}

function unpackEmulator() {
  const { name, version, integrity } = EMULATOR;
  const folder = temporaryFolder();
  const destination = ['--pack-destination', folder, '--silent'];
  run(command, [...npmArguments, 'pack', `${name}@${version}`, ...destination]);
  const tarball = path.join(folder, readdirSync(folder)[0] ?? '');
  if (integrityOf(tarball) !== integrity)
    fail(`${name}@${version} is not the one that was tested.`);
  const unpacked = path.join(modules, name);
  mkdirSync(unpacked);
  unpack(tarball, unpacked);
}

// The package of any platform, made from the one of linux-x64-gnu: they differ in names alone.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './tools.mjs';

/** The one package that is in the repository; the others are made from it. */
export const TEMPLATE = 'linux-x64-gnu';

/** @type {Record<string, string>} */
const SYSTEMS = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' };
/** @type {Record<string, string>} */
const LIBRARIES = { gnu: 'glibc', musl: 'musl' };

/** The platforms whose packages the loader asks for. */
export function platforms() {
  const loader = readFileSync(path.join(root, 'index.js'), 'utf8');
  return [...loader.matchAll(/require\('verify-workos-token-([^']+)'\)/g)].map(([, name]) =>
    String(name),
  );
}

/**
 * Writes everything but the binary, the license and the notices.
 *
 * @param {string} platform
 * @param {string} folder
 */
export function writePlatformPackage(platform, folder) {
  if (!platforms().includes(platform)) {
    throw new Error(`the loader asks for no package for ${platform}`);
  }
  const manifest = JSON.stringify(manifestOf(platform), null, 2);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), `${manifest}\n`);
  for (const file of ['README.md', 'bundler.mjs']) {
    writeFileSync(path.join(folder, file), renamed(template(file), platform));
  }
}

/** @param {string} platform */
function manifestOf(platform) {
  const manifest = JSON.parse(renamed(template('package.json'), platform));
  const { system, processor, library } = partsOf(platform);
  manifest.os = [system];
  manifest.cpu = [processor];
  // npm skips a package that names a C library on every system but Linux.
  if (library === undefined) delete manifest.libc;
  else manifest.libc = [library];
  return manifest;
}

/** @param {string} file */
function template(file) {
  return readFileSync(path.join(root, 'npm', TEMPLATE, file), 'utf8');
}

/**
 * @param {string} text
 * @param {string} platform
 */
function renamed(text, platform) {
  return text.replaceAll(TEMPLATE, platform).replaceAll(described(TEMPLATE), described(platform));
}

/** @param {string} platform */
function described(platform) {
  const { system, processor, library } = partsOf(platform);
  const machine = `${SYSTEMS[system]} on ${processor}`;
  return library === undefined ? machine : `${machine} with ${library}`;
}

/** What a platform's name is made of. @param {string} platform */
export function partsOf(platform) {
  const [system = '', processor = '', abi = ''] = platform.split('-');
  return { system, processor, library: LIBRARIES[abi] };
}

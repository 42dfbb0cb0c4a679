// Puts a file in the place of another that may be in use.
import { readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

/** What Windows says of a library that a process has loaded: it can be renamed, and not replaced. */
const IN_USE = ['EPERM', 'EBUSY', 'EACCES'];
/** What the name of an old file ends with until nobody has it loaded. */
const OLD = '.old';

/**
 * Renames, so that nobody reads half a file. On Unix a process that has the old file open keeps it,
 * whole; on Windows the old file steps aside, and is removed by the first call that finds it unused.
 *
 * @param {string} source
 * @param {string} target
 * @param {{ rename: typeof renameSync, remove: (file: string) => void }} [files]
 */
export function replaceFile(source, target, files = { rename: renameSync, remove: rmSync }) {
  try {
    files.rename(source, target);
  } catch (error) {
    if (!IN_USE.includes(String(/** @type {NodeJS.ErrnoException} */ (error).code))) throw error;
    files.rename(target, `${target}.${process.pid}.${Date.now()}${OLD}`);
    files.rename(source, target);
  }
  removeOld(target, files);
}

/** @param {string} target @param {{ remove: (file: string) => void }} files */
function removeOld(target, { remove }) {
  const folder = path.dirname(target);
  const isOld = (/** @type {string} */ name) =>
    name.startsWith(`${path.basename(target)}.`) && name.endsWith(OLD);
  for (const name of readdirSync(folder).filter(isOld)) {
    try {
      remove(path.join(folder, name));
    } catch (error) {
      if (!IN_USE.includes(String(/** @type {NodeJS.ErrnoException} */ (error).code))) throw error;
    }
  }
}

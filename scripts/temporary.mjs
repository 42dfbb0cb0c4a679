// A folder for what a script needs only while it runs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** @type {string[]} */
const folders = [];

/** It goes with the process, also where that ends by `fail`, which no `finally` sees. */
export function temporaryFolder() {
  if (folders.length === 0) process.once('exit', removeAll);
  const folder = mkdtempSync(path.join(tmpdir(), 'verify-workos-token-'));
  folders.push(folder);
  return folder;
}

function removeAll() {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

// Brings a fresh clone to where the demo and the tests run; does nothing where it is there already.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { npm, requireTools, root, run } from './tools.mjs';

requireTools();
installDependencies();
// Only now: an old Node cannot load it, and has been told so above.
const { buildIfChanged } = await import('./addon.mjs');
buildIfChanged('release');

/** The stamp lies in the folder it describes, and goes with it. */
function installDependencies() {
  const stamp = path.join(root, 'node_modules', '.package-lock.sha256');
  const lock = readFileSync(path.join(root, 'package-lock.json'));
  const hash = createHash('sha256').update(lock).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  console.log('Installing the development dependencies.');
  const [command, ...args] = npm();
  run(command, [...args, 'ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, hash);
}

// The newest Node, and the signature check in Rust.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../scripts/tools.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** The program's path; `undefined` if npm has none for this platform. */
export function newestNode() {
  const program = path.join(folder, 'node_modules', 'newest-node', 'bin', 'node');
  return existsSync(program) ? program : undefined;
}

/** The program's path: as `BARE_RSA` says, or built; `undefined` if there is none. */
export function bareRsa() {
  const given = process.env.BARE_RSA;
  if (given !== undefined) return existsSync(given) ? given : undefined;
  if (!existsSync(path.join(root, 'core', 'examples', 'bare_rsa.rs'))) return undefined;
  return built();
}

/** cargo says where it is: its target folder can be anywhere. */
function built() {
  const args = [
    'build',
    '--locked',
    '--release',
    '--example',
    'bare_rsa',
    '-p',
    'verify-workos-token-core',
  ];
  const { status, stdout } = spawnSync(
    'cargo',
    [...args, '--message-format', 'json-render-diagnostics'],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (status !== 0) return undefined;
  const artifacts = stdout.split('\n').filter((line) => line.startsWith('{'));
  return artifacts
    .map((line) => JSON.parse(line))
    .find(({ reason, target }) => reason === 'compiler-artifact' && target.name === 'bare_rsa')
    ?.executable;
}

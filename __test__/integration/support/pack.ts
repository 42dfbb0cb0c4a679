// Runs once before all files: the tarballs that the projects install.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { repository, tarballs } from './project.js';

export default function setup(): void {
  rmSync(tarballs, { recursive: true, force: true });
  mkdirSync(tarballs, { recursive: true });
  const script = path.join(repository, 'scripts', 'pack-all.mjs');
  execFileSync(process.execPath, [script, '--as-built', tarballs], { stdio: 'ignore' });
}

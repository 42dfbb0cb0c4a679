// A Next application: built, and served in place or from its standalone output.
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type RunningServer, run, startServer } from './project.js';

type Variables = Record<string, string>;

/** What it prints. Without the variables of the server, as on a machine that only builds. */
export function buildNext(project: string, bundler: string, config: object): Promise<string> {
  rmSync(path.join(project, '.next'), { recursive: true, force: true });
  const text = `export default ${JSON.stringify(config)};\n`;
  writeFileSync(path.join(project, 'next.config.mjs'), text);
  return run(project, process.execPath, [NEXT, 'build', `--${bundler.toLowerCase()}`]);
}

/** `next start`. */
export function startNext(project: string, origin: string, variables: Variables) {
  const { hostname, port } = new URL(origin);
  const args = [NEXT, 'start', '--hostname', hostname, '--port', port];
  return startServer(project, process.execPath, args, origin, variables);
}

/** The standalone output, from another folder and with nothing left where it was built. */
export async function startStandalone(
  project: string,
  origin: string,
  variables: Variables,
): Promise<RunningServer> {
  const elsewhere = `${project}-elsewhere`;
  const hidden = `${project}-hidden`;
  for (const folder of [elsewhere, hidden]) rmSync(folder, { recursive: true, force: true });
  renameSync(path.join(project, '.next', 'standalone'), elsewhere);
  renameSync(project, hidden);
  const unhide = () => {
    if (existsSync(hidden)) renameSync(hidden, project);
  };
  const { hostname: HOSTNAME, port: PORT } = new URL(origin);
  try {
    const own = { ...variables, HOSTNAME, PORT };
    const server = await startServer(elsewhere, process.execPath, ['server.js'], origin, own);
    return { output: server.output, stop: () => server.stop().finally(unhide) };
  } catch (error) {
    unhide();
    throw error;
  }
}

/** Started by this name, not by npx, so that stopping it stops the server. */
const NEXT = path.join('node_modules', 'next', 'dist', 'bin', 'next');

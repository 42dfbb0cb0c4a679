// A Next application: built, and served in place or from its standalone output.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type RunningServer, run, startServer } from './project.js';

type Variables = Record<string, string>;

/** What it prints. Without the variables of the server, as on a machine that only builds. */
export function buildNext(project: string, bundler: string, config: object): Promise<string> {
  const text = `export default ${JSON.stringify(config)};\n`;
  writeFileSync(path.join(project, 'next.config.mjs'), text);
  return buildAsConfigured(project, '.', `--${bundler.toLowerCase()}`);
}

/** The application in a folder of the project, with the configuration that lies there. */
export function buildAsConfigured(project: string, application: string, ...flags: string[]) {
  rmSync(path.join(project, application, '.next'), { recursive: true, force: true });
  return run(project, process.execPath, [NEXT, 'build', application, ...flags]);
}

/** The addons that the trace of a route holds; with them it works where only traced files are. */
export function tracedAddons(project: string, application: string, route: string): string[] {
  const trace = path.join(project, application, '.next', 'server', `${route}.js.nft.json`);
  const { files } = JSON.parse(readFileSync(trace, 'utf8')) as { files: string[] };
  return files
    .filter((file) => /verify-workos-token[^/]*\.node$/.test(file))
    .map((file) => path.resolve(path.dirname(trace), file));
}

/** `next start`. */
export function startNext(
  project: string,
  origin: string,
  variables: Variables,
  application = '.',
): Promise<RunningServer> {
  const { hostname, port } = new URL(origin);
  const args = [NEXT, 'start', application, '--hostname', hostname, '--port', port];
  return startServer(project, process.execPath, args, origin, variables);
}

/**
 * The standalone output of the application in a folder of the project, from another folder, with
 * nothing left where it was built, and not from the server's own folder.
 */
export async function startStandalone(
  project: string,
  origin: string,
  variables: Variables,
  application = '.',
): Promise<RunningServer> {
  const elsewhere = `${project}-elsewhere`;
  const hidden = `${project}-hidden`;
  for (const folder of [elsewhere, hidden]) rmSync(folder, { recursive: true, force: true });
  renameSync(path.join(project, application, '.next', 'standalone'), elsewhere);
  renameSync(project, hidden);
  const unhide = () => {
    if (existsSync(hidden)) renameSync(hidden, project);
  };
  const { hostname: HOSTNAME, port: PORT } = new URL(origin);
  try {
    const own = { ...variables, HOSTNAME, PORT };
    const program = path.join(elsewhere, application, 'server.js');
    const server = await startServer('/', process.execPath, [program], origin, own);
    return { output: server.output, stop: () => server.stop().finally(unhide) };
  } catch (error) {
    unhide();
    throw error;
  }
}

/** Started by this name, not by npx, so that stopping it stops the server. */
const NEXT = path.join('node_modules', 'next', 'dist', 'bin', 'next');

// Projects outside of the repository, as users have them: their dependencies by their own lock
// files, this package from its tarballs.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { npm as npmCommand } from '../../../scripts/tools.mjs';

export const repository = fileURLToPath(new URL('../../..', import.meta.url));
const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url));
/** Outside of the repository, whose `node_modules` must not be found; kept from run to run. */
const workplace = path.join(realpathSync(tmpdir()), 'verify-workos-token-integration');
export const tarballs = path.join(workplace, 'tarballs');

/** Written when an installation is whole, with what it was made from. */
const STAMP = '.installed';

/** What runs, builds and people leave in a folder. */
const LEFT_BEHIND = ['node_modules', '.next', '.env.local'];

/**
 * A project with what `fixtures/<name>` or another folder holds, installed. Its dependencies are
 * installed again only when its lock file has changed; this package is, each time.
 */
export async function createProject(
  name: string,
  source = path.join(fixtures, name),
): Promise<string> {
  const project = path.join(workplace, name);
  mkdirSync(project, { recursive: true });
  for (const entry of readdirSync(project)) {
    if (entry !== 'node_modules' && entry !== STAMP)
      rmSync(path.join(project, entry), { recursive: true });
  }
  const filter = (file: string) => !LEFT_BEHIND.includes(path.basename(file));
  cpSync(source, project, { recursive: true, filter });
  await installDependencies(project);
  await installTarballs(project);
  return project;
}

async function installDependencies(project: string): Promise<void> {
  const lock = readFileSync(path.join(project, 'package-lock.json'));
  const wanted = `${process.version} ${createHash('sha256').update(lock).digest('hex')}`;
  const stamp = path.join(project, STAMP);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(stamp, { force: true });
  await npm(project, 'ci');
  writeFileSync(stamp, wanted);
}

/**
 * As npm does it for a user. What it knows of the other dependencies may be in its cache in another
 * form than it asks for here, so that it can't be kept from the registry altogether.
 */
async function installTarballs(project: string): Promise<void> {
  const files = readdirSync(tarballs).map((name) => path.join(tarballs, name));
  await npm(project, 'install', '--no-save', '--no-package-lock', '--prefer-offline', ...files);
}

/** Runs npm in a folder, without install scripts. */
export function npm(folder: string, command: string, ...args: string[]): Promise<string> {
  const [node, program] = npmCommand();
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  return run(folder, node, [program, command, ...flags, ...args]);
}

/** What a command prints, both streams; rejects with it where the command fails. */
export function run(
  folder: string,
  command: string,
  args: string[],
  variables: Record<string, string | undefined> = {},
): Promise<string> {
  const child = spawn(command, args, { cwd: folder, env: environment(variables), stdio: 'pipe' });
  child.stdin.end();
  const output = outputOf(child);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(output.text);
      const line = [command, ...args].join(' ');
      reject(new Error(`\`${line}\` ended with ${code ?? signal}:\n${output.text}`));
    });
  });
}

export interface RunningServer {
  /** What it has printed so far. */
  output(): string;
  stop(): Promise<void>;
}

/**
 * Starts a server and waits until `url` answers at all, or if it begins with `tcp:`, accepts a connection. It is the first of a group of processes:
 * npm and Next start others, which end with it.
 */
export async function startServer(
  folder: string,
  command: string,
  args: string[],
  url: string,
  variables: Record<string, string | undefined> = {},
): Promise<RunningServer> {
  const env = environment(variables);
  const child = spawn(command, args, { cwd: folder, env, stdio: 'pipe', detached: true });
  child.stdin.end();
  const output = outputOf(child);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async () => {
    killGroup(child);
    await ended;
  };
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    if (await answers(url)) return { output: () => output.text, stop };
    await sleep(100);
  }
  await stop();
  throw new Error(`\`${[command, ...args].join(' ')}\` did not answer at ${url}:\n${output.text}`);
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // All have ended by themselves.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function answers(url: string): Promise<boolean> {
  if (url.startsWith('tcp:')) return accepts(new URL(url));
  return fetch(url).then(
    (response) => response.arrayBuffer().then(() => true),
    () => false,
  );
}

/** Of a server that may not respond to a request by HTTP/1.1. */
async function accepts({ hostname, port }: URL): Promise<boolean> {
  const socket = connect(Number(port), hostname);
  const isOpen = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isOpen;
}

/** Without what this test runner and this machine's WorkOS settings would bring in. */
function environment(variables: Record<string, string | undefined>): NodeJS.ProcessEnv {
  const own = /^(VITEST|WORKOS_|NODE_ENV$|NODE_OPTIONS$|TEST$|npm_)/;
  const inherited = Object.entries(process.env).filter(([name]) => !own.test(name));
  // What a program prints is read as JSON.
  const quiet = { NEXT_TELEMETRY_DISABLED: '1', VERIFY_WORKOS_TOKEN_NOTICES: 'off' };
  return { ...Object.fromEntries(inherited), ...quiet, ...variables };
}

function outputOf(child: ChildProcess): { text: string } {
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output.text += text;
    });
  }
  return output;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

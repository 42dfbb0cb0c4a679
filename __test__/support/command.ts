// Runs the command as it is built, in a process of its own with an environment of its own.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestIssuer } from 'verify-workos-token/testing';
import { isWine } from './wine.js';

export const program = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
/** A folder for files; a project without anything. */
export const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'verify-workos-token-cli-')));
writeFileSync(path.join(folder, 'package.json'), '{}');

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Settings {
  /** Standard input; left out, it stays open without a word, as in many containers. */
  readonly input?: string | Uint8Array | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  readonly columns?: number | undefined;
}

/** Longer than any wait of the command that a test provokes, and than Wine takes to start eighteen. */
const LIMIT_MS = isWine ? 100_000 : 15_000;

export function command(args: readonly string[], settings: Settings = {}): Promise<Run> {
  return commandOf(process.execPath, [program, ...args], settings);
}

/** Whether there is a `script` that makes terminals, as on most Linux systems. */
export const hasTerminals =
  spawnSync('script', ['-qefc', 'true', '/dev/null'], { stdio: 'ignore' }).status === 0;

/** The same on a terminal: util-linux's `script` makes one. Both streams come as one. */
export function commandOnTerminal(args: readonly string[], settings: Settings = {}): Promise<Run> {
  const quoted = [process.execPath, program, ...args].map((arg) => `'${arg}'`).join(' ');
  const columns = settings.columns ?? 80;
  const line = `stty cols ${columns} rows 40; exec ${quoted}`;
  return commandOf('script', ['-qefc', line, '/dev/null'], { input: '', ...settings });
}

function commandOf(file: string, args: readonly string[], settings: Settings): Promise<Run> {
  const { input, env, cwd = folder, columns = 80 } = settings;
  const child = spawn(file, args, {
    cwd,
    env: { PATH: process.env.PATH, HOME: folder, COLUMNS: String(columns), ...env },
    stdio: 'pipe',
    timeout: LIMIT_MS,
  });
  // A command that does not read its input may have ended before.
  child.stdin.on('error', () => {});
  if (input !== undefined) child.stdin.end(input);
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      child.stdin.destroy();
      resolve({ status, ...texts });
    });
  });
}

/** The options that trust an issuer, by its key set in a file unless it listens. */
export function trust(issuer: TestIssuer): string[] {
  const options = ['--client-id', issuer.clientId, '--issuer', issuer.issuer];
  if (issuer.jwksUrl !== null) return [...options, '--jwks-url', issuer.jwksUrl];
  return [...options, '--jwks', file('keys.json', JSON.stringify(issuer.jwks))];
}

/** A file in the folder. */
export function file(name: string, text: string): string {
  const place = path.join(folder, name);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, text);
  return place;
}

/** A folder with a project in it: the texts of its files by their names. */
export function projectOf(files: Readonly<Record<string, string | object>>): string {
  const place = mkdtempSync(path.join(folder, 'project-'));
  for (const [name, content] of Object.entries({ 'package.json': {}, ...files })) {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    file(path.join(path.relative(folder, place), name), text);
  }
  return place;
}

/** For `afterAll`. */
export function removeFolder(): void {
  rmSync(folder, { recursive: true, force: true });
}

/** The texts by which a token could be used or read. A word such as "undefined" is none. */
export function secretsOf(token: string): string[] {
  const segments = token.split('.').slice(1);
  return [
    ...[token].filter((text) => text.length >= 16),
    ...segments.filter((text) => text.length >= 8),
  ];
}

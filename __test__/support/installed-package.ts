// The package as a user's npm installs it: from the tarballs alone, beside no repository.
import { spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { npm } from '../../scripts/tools.mjs';

export const repository = fileURLToPath(new URL('../..', import.meta.url));
export const manifest = readManifest(repository);
export const workplace = realpathSync(
  mkdtempSync(path.join(tmpdir(), 'verify-workos-token-test-')),
);
export const tarballs = path.join(workplace, 'tarballs');
export const project = path.join(workplace, 'project');

/** The npm that runs the tests, or the one on the path. */
const [, npmProgram] = npm();

/** What a user's program does first; the last line that it prints is the outcome. */
const PROBE = `
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...keys.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' };
  const options = { clientId: 'client_test', jwks: { keys: [jwk] } };
  const now = Math.floor(Date.now() / 1000);
  const iss = 'https://api.workos.com/user_management/client_test';
  const payload = { iss, aud: 'client_test', sub: 'user_1', exp: now + 300, iat: now };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = part({ alg: 'RS256', kid: 'one' }) + '.' + part(payload);
  const signature = sign('sha256', Buffer.from(signed), keys.privateKey).toString('base64url');
  const forged = part({ alg: 'RS256', kid: 'one' }) + '.' + part({ ...payload, sub: 'user_2' });

  async function probe({ verifyWorkosToken, WorkosTokenError }) {
    const claims = await verifyWorkosToken(signed + '.' + signature, options);
    const error = await verifyWorkosToken(forged + '.' + signature, options).catch((error) => error);
    return { sub: claims.sub, code: error.code, branded: error instanceof WorkosTokenError };
  }
`;

/** All that a program which verifies tokens can import. */
export const ENTRY_POINTS = ['', '/web', '/next', '/express', '/mcp'].map(
  (path) => `verify-workos-token${path}`,
);
export const OUTCOME = { sub: 'user_1', code: 'INVALID_SIGNATURE', branded: true };

/** For `beforeAll`. */
export async function installPackage(): Promise<void> {
  await packAll('tarballs');
  await install(
    project,
    readdirSync(tarballs).map((name) => path.join(tarballs, name)),
  );
  const imports = `import { generateKeyPairSync, sign } from 'node:crypto';`;
  write(project, 'probe.mjs', `${imports}${PROBE}\nexport { probe };`);
}

/** For `afterAll`. */
export function removePackage(): void {
  rmSync(workplace, { recursive: true, force: true });
}

/** With a folder relative to where the user stands, as npm hands it on. */
async function packAll(folder: string) {
  const script = path.join(repository, 'scripts', 'pack-all.mjs');
  const env = { ...process.env, npm_execpath: npmProgram, INIT_CWD: workplace };
  await output(process.execPath, [script, '--as-built', folder], { cwd: repository, env });
}

/** From the tarballs alone: the cache is empty, and there is no network. */
export async function install(folder: string, files: string[]) {
  write(folder, 'package.json', '{ "private": true }');
  const flags = ['--ignore-scripts', '--offline', '--no-audit', '--no-fund'];
  const cache = ['--cache', path.join(workplace, 'cache')];
  await nodeIn(folder, [npmProgram, 'install', ...flags, ...cache, ...files]);
}

/** Runs a program of the project's, and reads the outcome that it prints. */
export async function program(name: string, source: string, flags: string[] = []) {
  write(project, name, source);
  return outcomeOf(await nodeIn(project, [...flags, name]));
}

export function outcomeOf(printed: string): unknown {
  return JSON.parse(printed.trim());
}

/** Node with nothing on its path but itself: no cargo, no compiler. */
export function nodeIn(cwd: string, args: string[]) {
  const bin = path.join(workplace, 'bin');
  mkdirSync(bin, { recursive: true });
  symlinkOnce(process.execPath, path.join(bin, 'node'));
  return output(process.execPath, args, { cwd, env: { PATH: bin, HOME: workplace } });
}

function output(command: string, args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }) {
  return new Promise<string>((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(stdout);
      reject(new Error(`${args.join(' ')} ended with ${code ?? signal}:\n${stdout}${stderr}`));
    });
  });
}

/** Of the folders of `npm/`, the one with a binary for this platform in it. */
export function platformPackage() {
  const [name, ...others] = readdirSync(path.join(project, 'node_modules')).filter((folder) =>
    folder.startsWith('verify-workos-token-'),
  );
  expect(others).toEqual([]);
  return name as string;
}

export function platformsIn(loader: string) {
  const text = readFileSync(path.join(repository, loader), 'utf8');
  return [...text.matchAll(/require\('(verify-workos-token-[^']+)'\)/g)].map(([, name]) => name);
}

export function binariesIn(folder: string) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .filter((file) => readFileSync(path.join(file.parentPath, file.name)).includes(0))
    .map((file) => file.name);
}

export function installed(name: string) {
  return path.join(project, 'node_modules', name);
}

/** What is read of a package.json. */
interface Manifest {
  version: string;
  engines: { node: string };
  exports: Record<string, { import: Target; browser: Target & { require: Target } }>;
  optionalDependencies: Record<string, string>;
}

interface Target {
  types: string;
  default: string;
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
}

export function write(folder: string, name: string, text: string) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, name), text);
}

export function symlinkOnce(target: string, link: string) {
  rmSync(link, { force: true });
  symlinkSync(target, link);
}

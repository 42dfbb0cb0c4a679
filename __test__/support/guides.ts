// The guides of `docs/`, whose blocks are written to files and run by processes whose WorkOS is a
// test issuer.
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createTestIssuer } from 'verify-workos-token/testing';
import { expect } from 'vitest';
import { blocksOf } from '../integration/support/docs.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));
/** Inside the package, so that the blocks' `import 'verify-workos-token'` finds it. */
export const folder = path.join(root, 'target', 'docs');
export const CLIENT_ID = 'client_01234567890ABCDEF';
export const issuer = createTestIssuer({ clientId: CLIENT_ID });
export let iss: string;
/** The AuthKit domain. */
export let domain: string;
let environment: Record<string, string>;

/** Starts the issuer, and writes the blocks of these pages. */
export async function openGuides(...pages: string[]): Promise<void> {
  await issuer.listen();
  const { hostname, port, origin } = new URL(issuer.jwksUrl as string);
  iss = `${origin}/user_management/${CLIENT_ID}`;
  domain = origin;
  environment = {
    WORKOS_CLIENT_ID: CLIENT_ID,
    WORKOS_API_HOSTNAME: hostname,
    WORKOS_API_PORT: port,
    WORKOS_API_HTTPS: 'false',
    WORKOS_AUTHKIT_DOMAIN: origin,
  };
  for (const page of pages) {
    rmSync(folderOf(page), { recursive: true, force: true });
    writeBlocks(page);
  }
}

/** For `afterAll`. */
export const closeGuides = (): Promise<void> => issuer.close();

export function folderOf(page: string): string {
  return path.join(folder, path.basename(page, '.md'));
}

function writeBlocks(page: string): void {
  for (const { language, name, text } of blocksOf(page))
    if (['js', 'ts'].includes(language)) writeBlock(page, name, text);
}

export function writeBlock(page: string, name: string, text: string): void {
  const file = path.join(folderOf(page), name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Without what this test runner would tell another. */
function childEnvironment(variables: Record<string, string>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST$)/.test(name));
  return { ...Object.fromEntries(inherited), ...environment, ...variables };
}

export function node(
  cwd: string,
  args: string[],
  variables: Record<string, string> = {},
): Promise<{ stdout: string; stderr: string }> {
  const env = childEnvironment(variables);
  return promisify(execFile)(process.execPath, args, { cwd, env, timeout: 25_000 });
}

/** Resolves if TypeScript takes a block, in strict mode. */
export async function compile(page: string, name: string): Promise<void> {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const strict = ['--strict', '--noEmit', '--skipLibCheck', '--ignoreConfig', '--types', 'node'];
  const modules = ['--target', 'es2023', '--module', 'esnext', '--moduleResolution', 'bundler'];
  await node(folderOf(page), [tsc, ...strict, ...modules, name]).catch(({ stdout }) =>
    expect.unreachable(stdout),
  );
}

/** What `use` prints as JSON, in a process whose WorkOS is the issuer. */
export async function run(
  page: string,
  name: string,
  use: string,
  claims: object = {},
): Promise<unknown> {
  const token = await issuer.sign({ iss, ...claims });
  const driver = path.join(folderOf(page), `${path.basename(name, '.js')}.driver.mjs`);
  const helpers = `
    const token = process.env.TOKEN;
    const request = (headers) => new Request('http://localhost/api/me', { headers });
    const bearer = (text) => request({ authorization: 'Bearer ' + text });
    const answer = async (response) => [response.status, await response.json()];
    const forged = token.slice(0, -4) + 'AAAA';`;
  writeFileSync(driver, `import * as page from './${name}';\n${helpers}\n${use}\n`);
  const { stdout } = await node(folderOf(page), [driver], { TOKEN: token });
  return JSON.parse(stdout);
}

export function unquote(cell = ''): string {
  return cell.replaceAll('`', '');
}

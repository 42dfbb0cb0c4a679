// The command as npx runs it.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createTestIssuer } from 'verify-workos-token/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { createProject, npm, tarballs } from './support/project.js';

const issuer = createTestIssuer();
let project: string;

beforeAll(async () => {
  project = await createProject('packaging');
  await issuer.listen();
});
afterAll(() => issuer.close());

/** The options that trust the issuer. */
function good(): string[] {
  const { clientId, issuer: name, jwksUrl } = issuer;
  return ['--client-id', clientId, '--issuer', name, '--jwks-url', String(jwksUrl)];
}

test('in a project that has the package', async () => {
  const run = (...args: string[]) =>
    npm(project, 'exec', '--offline', '--', 'verify-workos-token', ...args);
  expect(await run('--version')).toBe(`${manifest.version}\n`);
  expect(JSON.parse(await run('keys', ...good().slice(4), '--json'))).toMatchObject({ ok: true });
  const diagnosis = JSON.parse(await run('doctor', ...good(), '--json'));
  expect(diagnosis).toMatchObject({
    ok: true,
    installation: { packageVersion: manifest.version, binaryVersion: manifest.version },
  });
  const output = await run('verify', ...good(), '--token', await issuer.sign({ plan: 'pro' }));
  expect(output).toMatch(/"plan": "pro"/);
  await expect(run('verify', ...good(), '--token', await issuer.expired())).rejects.toThrow(
    /ended with 1:.*TOKEN_EXPIRED/s,
  );
  await expect(run('keys', '--jwks-url', 'http://127.0.0.1:9/')).rejects.toThrow(/ended with 3:/);
});

test('without a project, from the tarballs', async () => {
  const empty = path.join(path.dirname(tarballs), 'empty');
  rmSync(empty, { recursive: true, force: true });
  mkdirSync(empty);
  const packages = readdirSync(tarballs).map((name) => `--package=${path.join(tarballs, name)}`);
  const flags = ['--yes', '--prefer-offline', ...packages];
  const run = (...args: string[]) =>
    npm(empty, 'exec', ...flags, '--', 'verify-workos-token', ...args);
  expect(JSON.parse(await run('keys', ...good().slice(4), '--json'))).toMatchObject({ ok: true });
});

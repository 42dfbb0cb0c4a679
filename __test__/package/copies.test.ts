// Several copies of the package in one process: of one version, and of another.
import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { claims, createSigner } from '../support/jws.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const PARTS = ['package.json', 'index.cjs', 'dist', 'npm'];
const signer = createSigner();
const tokens = Array.from({ length: 64 }, (_, jti) => signer.sign(claims({ jti })));

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'copies-')));
  for (const name of ['one', 'same', 'other']) {
    for (const part of PARTS) {
      cpSync(path.join(repository, part), path.join(folder, name, part), { recursive: true });
    }
  }
  // Of a version of its own, as its JavaScript knows it.
  const dist = path.join(folder, 'other', 'dist');
  for (const file of readdirSync(dist).filter((name) => name.endsWith('.cjs'))) {
    const text = readFileSync(path.join(dist, file), 'utf8');
    writeFileSync(path.join(dist, file), text.replace('VERSION = "0.', 'VERSION = "99.'));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(names: string[], requests: number) {
  const files = names.map((name) => path.join(folder, name, 'index.cjs'));
  const script = fileURLToPath(new URL('../support/copies.mjs', import.meta.url));
  const given = path.join(folder, 'given.json');
  writeFileSync(given, JSON.stringify({ files, tokens, jwks: signer.jwks, requests }));
  const { stdout } = await promisify(execFile)(process.execPath, [script, given], {
    timeout: 25_000,
  });
  return JSON.parse(stdout);
}

test.each([
  ['of one version share its keys', ['one', 'same'], 1],
  ['of two versions have keys of their own', ['one', 'other'], 2],
  ['of two versions, one of them twice', ['other', 'one', 'same'], 2],
])('copies %s, and each knows the errors of all', async (_, names, requests) => {
  const outcome = { subjects: names.map(() => 2 * tokens.length), known: true };
  expect(await run(names, requests)).toEqual({
    own: outcome,
    inWorkers: [outcome, outcome],
    codes: [0, 0],
    requests,
  });
});

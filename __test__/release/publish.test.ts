// The step of the workflow that publishes, with a stand-in for npm and its registry.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { platforms } from '../../scripts/platform-package.mjs';
import { integrityOf } from '../../scripts/tarball.mjs';
import { root } from '../support/guides.js';

const VERSION = '1.2.3';
const NAMES = [...platforms().map((name) => `verify-workos-token-${name}`), 'verify-workos-token'];
const workplace = mkdtempSync(path.join(tmpdir(), 'verify-workos-token-publish-'));
const tarballs = path.join(workplace, 'tarballs');
const registry = path.join(workplace, 'registry.json');
const log = path.join(workplace, 'log');
const step = publishStep();

/** `npm view` by what is in the registry, `npm publish` into it. */
const NPM = `#!${process.execPath}
  const { appendFileSync, readFileSync } = require('node:fs');
  const [command, subject, ...rest] = process.argv.slice(2);
  if (command === 'publish') appendFileSync('${log}', [subject, ...rest].join(' ') + '\\n');
  else {
    const known = JSON.parse(readFileSync('${registry}', 'utf8'))[subject];
    if (known === undefined) { console.error('npm error code E404'); process.exit(1); }
    if (known === 'unreachable') { console.error('npm error code EAI_AGAIN'); process.exit(1); }
    console.log(known);
  }`;

afterAll(() => rmSync(workplace, { recursive: true, force: true }));
beforeEach(() => {
  rmSync(tarballs, { recursive: true, force: true });
  mkdirSync(tarballs, { recursive: true });
  mkdirSync(path.join(workplace, 'bin'), { recursive: true });
  for (const name of NAMES) writeFileSync(tarball(name), name);
  writeFileSync(path.join(workplace, 'bin', 'npm'), NPM);
  chmodSync(path.join(workplace, 'bin', 'npm'), 0o755);
  writeFileSync(log, '');
});

// It runs on one system alone, by bash and openssl.
describe.runIf(process.platform === 'linux')('publishing', () => {
  it('takes all nine, the root last', () => {
    expect(publish({}).status).toBe(0);
    expect(published()).toHaveLength(9);
    expect(new Set(published())).toEqual(new Set(NAMES));
    expect(published().at(-1)).toBe('verify-workos-token');
    expect(readFileSync(log, 'utf8')).toMatch(
      /^(?:\S+ --provenance --access public --tag latest\n){9}$/,
    );
  });

  it('tags a version before a release as the next one', () => {
    for (const name of NAMES) writeFileSync(path.join(tarballs, `${name}-1.3.0-rc.1.tgz`), name);
    expect(publish({}, 'v1.3.0-rc.1').status).toBe(0);
    expect(readFileSync(log, 'utf8')).toMatch(
      /^(?:\S+ --provenance --access public --tag next\n){9}$/,
    );
  });

  it('goes on where a run before was cut off, if what is there is this very file', () => {
    const [first = '', second = ''] = NAMES;
    const there = [first, second].map((name) => [`${name}@${VERSION}`, integrityOf(tarball(name))]);
    expect(publish(Object.fromEntries(there)).status).toBe(0);
    expect(published()).toEqual(NAMES.slice(2));
  });

  it('stops where another file has the name, before anything after it is published', () => {
    const name = NAMES[3] as string;
    const { status, stderr } = publish({ [`${name}@${VERSION}`]: 'sha512-other' });
    expect(status).toBe(1);
    expect(stderr).toContain(`${name}@${VERSION} is published already, and it is another one`);
    expect(published()).toEqual(NAMES.slice(0, 3));
  });

  it('stops where the registry does not say what it has', () => {
    const { status, stderr } = publish({ [`${NAMES[0]}@${VERSION}`]: 'unreachable' });
    expect(status).toBe(1);
    expect(stderr).toContain('EAI_AGAIN');
    expect(published()).toEqual([]);
  });

  it('stops where a tarball is missing', () => {
    rmSync(tarball(NAMES[1] as string));
    expect(publish({}).status).not.toBe(0);
    expect(published()).toEqual(NAMES.slice(0, 1));
  });
});

function publishStep(): string {
  const text = readFileSync(path.join(root, '.github/workflows/release.yml'), 'utf8');
  const steps: { name?: string; run: string }[] = parse(text).jobs.publish.steps;
  return steps.find(({ name }) => name === 'Publish')?.run as string;
}

/** As a runner does it. */
function publish(known: Record<string, string>, tag = `v${VERSION}`) {
  writeFileSync(registry, JSON.stringify(known));
  return spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step], {
    cwd: tarballs,
    encoding: 'utf8',
    env: {
      PATH: `${path.join(workplace, 'bin')}${path.delimiter}${process.env.PATH}`,
      GITHUB_REF_NAME: tag,
    },
  });
}

function published(): string[] {
  const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) =>
    (line.split(' ')[0] as string).slice(2).replace(/-\d+\.\d+\.\d+.*$/, ''),
  );
}

function tarball(name: string): string {
  return path.join(tarballs, `${name}-${VERSION}.tgz`);
}

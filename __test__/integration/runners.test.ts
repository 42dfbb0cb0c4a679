// The tests on the page about testing, each in the runner that it is for.
import { cpSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { blockNamed } from './support/docs.js';
import { createProject, freePort, repository, run } from './support/project.js';

const SHARED = ['posts.js', 'call.js'];
let project: string;

beforeAll(async () => {
  project = await createProject('runners');
  // As the repository has it (scripts/dependencies.mjs): its own dependencies would take 230 MB.
  const emulator = path.join('node_modules', 'workos');
  cpSync(path.join(repository, emulator), path.join(project, emulator), { recursive: true });
  write(project, ...SHARED, 'server.js');
});

function write(folder: string, ...names: string[]): void {
  for (const name of names) writeFileSync(path.join(folder, name), blockNamed('testing.md', name));
}

/** What a runner prints, also of a run that fails: `run` throws that. */
function runner(program: string, args: string[], variables: Record<string, string> = {}) {
  const quiet = { VERIFY_WORKOS_TOKEN_NOTICES: 'off', NO_COLOR: '1', FORCE_COLOR: '0' };
  return run(project, process.execPath, [program, ...args], { ...quiet, ...variables });
}

const modules = { NODE_OPTIONS: '--experimental-vm-modules --no-warnings' };
const jest = (file: string, ...args: string[]) =>
  runner('node_modules/jest/bin/jest.js', [file, ...args], modules);

describe('Jest', () => {
  const onePassed = /^Tests: +1 passed, 1 total$/m;

  it('runs tests of server code', async () => {
    write(project, 'posts.jest.test.js');
    expect(await jest('posts.jest')).toMatch(onePassed);
  });

  it('runs tests with a document, with the conditions of the page alone', async () => {
    write(project, 'document.jest.test.js', 'jest.config.js');
    expect(await jest('document.jest')).toMatch(onePassed);
    const config = JSON.stringify({ testEnvironment: 'jsdom' });
    const withoutConditions = jest('document.jest', '--config', config);
    await expect(withoutConditions).rejects.toThrow(/jsdom, set testEnvironment: 'node'/);
  });

  it('takes the environment that a file names', async () => {
    write(project, 'jest.config.js');
    const docblock = '/** @jest-environment node */\n';
    const text = docblock + blockNamed('testing.md', 'posts.jest.test.js');
    writeFileSync(path.join(project, 'marked.jest.test.js'), text);
    const config = JSON.stringify({ testEnvironment: 'jsdom' });
    expect(await jest('marked.jest', '--config', config)).toMatch(onePassed);
  });
});

it('node:test runs the tests, the emulator’s included', async () => {
  write(project, 'posts.node.test.js', 'emulator.test.js');
  const args = ['--test-reporter=tap', 'posts.node.test.js', 'emulator.test.js'];
  expect(await runner('--test', args)).toMatch(/^# pass 2$/m);
});

it('Mocha runs the tests', async () => {
  write(project, 'posts.mocha.test.js');
  const args = ['--reporter', 'json', 'posts.mocha.test.js'];
  const output = await runner('node_modules/mocha/bin/mocha.js', args);
  expect(JSON.parse(output)).toMatchObject({ stats: { passes: 1, failures: 0 } });
});

it('Playwright runs the tests, in a browser', async () => {
  write(project, 'posts.spec.js');
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  const launchOptions = { executablePath, args: ['--no-sandbox', '--disable-gpu'] };
  const config = `export default ${JSON.stringify({ use: { launchOptions } })};\n`;
  writeFileSync(path.join(project, 'playwright.config.js'), config);
  const args = ['test', '--reporter=json', 'posts.spec.js'];
  const variables = { PORT: String(await freePort()) };
  const output = await runner('node_modules/@playwright/test/cli.js', args, variables);
  expect(JSON.parse(output).stats).toMatchObject({ expected: 2, unexpected: 0, flaky: 0 });
});

it('Bun runs the tests', async () => {
  // The project that has Bun already.
  const withBun = await createProject('runtimes');
  write(withBun, ...SHARED, 'posts.bun.test.js');
  const bun = path.join('node_modules', '@oven', 'bun-linux-x64', 'bin', 'bun');
  const output = await run(withBun, bun, ['test', 'posts.bun.test.js']);
  expect(output).toMatch(/^ 1 pass\n 0 fail\n 1 expect\(\) calls$/m);
});

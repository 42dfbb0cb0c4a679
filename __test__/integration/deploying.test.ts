// deploying.md: its commands and configurations as they stand there, and what they make is started.
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blockNamed, blocksOf, rowsOf } from './support/docs.js';
import { createProject, freePort, run, startServer } from './support/project.js';
import { startWorkos } from './support/workos.js';

const PAGE = 'deploying.md';
let project: string;
let workos: Awaited<ReturnType<typeof startWorkos>>;

beforeAll(async () => {
  workos = await startWorkos();
  project = await createProject('deploying');
  for (const { language, name, text } of blocksOf(PAGE))
    if (language === 'js') writeFileSync(path.join(project, name), text);
  writeFileSync(path.join(project, 'sea.json'), blockNamed(PAGE, '{'));
});
afterAll(() => workos?.close());

/** Runs the shell block that begins so. */
function shell(start: string): Promise<string> {
  const block = blocksOf(PAGE).find(
    ({ language, name }) => language === 'sh' && name.startsWith(start),
  );
  const bin = path.join(project, 'node_modules', '.bin');
  const PATH = [bin, path.dirname(process.execPath), process.env.PATH].join(path.delimiter);
  return run(project, 'sh', ['-euc', block?.text ?? 'exit 1'], { PATH });
}

/** The status for a good token and for none, from a program that is started. */
async function statusesOf(command: string, ...args: string[]): Promise<number[]> {
  const port = String(await freePort());
  const origin = `http://127.0.0.1:${port}`;
  const variables = { ...workos.environment, PORT: port };
  const server = await startServer(project, command, args, origin, variables);
  const headers = { authorization: `Bearer ${await workos.sign({ sub: 'user_1' })}` };
  const answers = [await fetch(origin, { headers }), await fetch(origin)];
  await server.stop();
  expect(await answers[0]?.text()).toBe('hello user_1');
  return answers.map(({ status }) => status);
}

/** In a folder of its own, with the two packages beside it or without. */
async function deployed(files: string, start: string, withPackages = true): Promise<number[]> {
  const folder = `${project}-deployed`;
  rmSync(folder, { recursive: true, force: true });
  cpSync(path.join(project, files), folder, { recursive: true });
  const modules = path.join(project, 'node_modules');
  const packages = readdirSync(modules).filter((name) => name.startsWith('verify-workos-token'));
  expect(packages).toHaveLength(2);
  for (const name of withPackages ? packages : [])
    cpSync(path.join(modules, name), path.join(folder, 'node_modules', name), { recursive: true });
  try {
    return await statusesOf(process.execPath, path.join(folder, start));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const PROTECTED = [200, 401];

describe('bundles with the package beside them', () => {
  it('esbuild', async () => {
    await shell('esbuild server.js --bundle --platform=node --format=esm');
    expect(await deployed('dist', 'esbuild.mjs')).toEqual(PROTECTED);
  });

  it('webpack', async () => {
    expect(await webpack('webpack.config.js')).toEqual([]);
    expect(await deployed('dist', 'webpack.mjs')).toEqual(PROTECTED);
  });

  it('Rollup', async () => {
    const printed = await run(project, 'node_modules/.bin/rollup', ['--config']);
    expect(printed).not.toMatch(/warn/i);
    expect(await deployed('dist', 'rollup.mjs')).toEqual(PROTECTED);
  });

  it('ncc', async () => {
    await shell('ncc ');
    expect(await deployed('dist/ncc', 'index.js')).toEqual(PROTECTED);
  });

  it('ncc without --external', async () => {
    await run(project, 'node_modules/.bin/ncc', ['build', 'server.js', '--out', 'dist/whole']);
    expect(await deployed('dist/whole', 'index.js')).toEqual(PROTECTED);
    await expect(deployed('dist/whole', 'index.js', false)).rejects.toThrow('left out');
  });
});

describe('webpack includes the package', () => {
  it('with the binary, and with seven warnings that are explained', async () => {
    const name = 'webpack.bundled.config.js';
    expect(await webpack(name)).toEqual([]);
    expect(await deployed('dist/webpack', 'server.cjs', false)).toEqual(PROTECTED);
    const text = blockNamed(PAGE, name).replace(/^ {2}ignoreWarnings.*$/m, '');
    writeFileSync(path.join(project, 'warning.config.js'), text);
    const warnings = await webpack('warning.config.js');
    expect(warnings).toHaveLength(7);
    const [documented] = blocksOf(PAGE).filter(({ name }) => name.startsWith('Module not found'));
    expect(warnings.filter((warning) => warning.startsWith(documented?.name ?? '-'))).toHaveLength(
      1,
    );
  });
});

/** The warnings of a build. */
async function webpack(config: string): Promise<string[]> {
  const program = `
    import webpack from 'webpack';
    import config from './${config}';
    webpack(config, (error, stats) => {
      const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
      if (error !== null || errors.length > 0) throw error ?? new Error(errors[0].message);
      console.log(JSON.stringify(warnings.map(({ message }) => message)));
    });`;
  writeFileSync(path.join(project, 'build.mjs'), program);
  return JSON.parse(await run(project, process.execPath, ['build.mjs']));
}

it('one executable', async () => {
  await shell('esbuild server.js --bundle --platform=node --external');
  await shell('node --experimental-sea-config');
  const folder = path.join(project, 'executable');
  mkdirSync(path.join(folder, 'node_modules'), { recursive: true });
  renameSync(path.join(project, 'dist', 'server'), path.join(folder, 'server'));
  const modules = path.join(project, 'node_modules');
  for (const name of readdirSync(modules).filter((each) => each.startsWith('verify-workos-token')))
    cpSync(path.join(modules, name), path.join(folder, 'node_modules', name), { recursive: true });
  expect(await statusesOf(path.join(folder, 'server'))).toEqual(PROTECTED);
});

/** The blocks that no test runs; the page says so of each. */
const NOT_RUN = ['npm ci --omit=dev', '# serverless.yml', '# .dockerignore', '# Dockerfile'];
/** Their flags are tried in runtimes.test.ts, with the page's server. */
const ELSEWHERE = ['node --permission', 'deno run'];
const RUN = [
  ...['server.js', 'esbuild ', 'webpack.config.js', 'Module not found', 'rollup.config.js'],
  ...['webpack.bundled.config.js', 'ncc ', '{', 'node --experimental-sea-config'],
];

it('has no block that is neither run nor said to be not', () => {
  const starts = [...RUN, ...ELSEWHERE, ...NOT_RUN];
  const unknown = blocksOf(PAGE).filter(
    ({ name }) => !starts.some((start) => name.startsWith(start)),
  );
  expect(unknown).toEqual([]);
});

describe('what is not run', () => {
  it('serverless.yml leaves the package out of the bundle', () => {
    const { parse } = createRequire(path.join(project, 'package.json'))('yaml');
    const { build, functions } = parse(blockNamed(PAGE, '# serverless.yml'));
    expect(build.esbuild.external).toEqual(['verify-workos-token']);
    expect(functions.api.handler).toMatch(/^[\w/]+\.handler$/);
  });

  it('the stages of the Dockerfile have one C library, and one major version of Node', () => {
    const stages = [...blockNamed(PAGE, '# Dockerfile').matchAll(/^FROM (\S+)/gm)].map(
      ([, image]) => image as string,
    );
    expect(stages.map((image) => image.match(/\d+/)?.[0])).toEqual(['24', '24']);
    expect(stages.filter((image) => image.includes('alpine'))).toEqual([]);
  });

  it('names every platform that there is', () => {
    const named = rowsOf(PAGE).flatMap(
      ([cell = '']) => cell.match(/(?:linux|darwin|win32)-[\w-]+/g) ?? [],
    );
    const manifest = createRequire(path.join(project, 'package.json'))(
      'verify-workos-token/package.json',
    );
    const published = Object.keys(manifest.optionalDependencies);
    expect(named.map((name) => `verify-workos-token-${name}`).sort()).toEqual(published.sort());
  });
});

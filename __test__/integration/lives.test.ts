// Workers and processes that end in the middle of what they do, in each runtime: each as its end says,
// none by a crash, none hangs, and none takes from the others.
//
// LIVES=250 npm run test:integration -- lives   for so many workers of each runtime, and a fifth as many
// processes
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { body, type FaultServer, hang, startFaultServer } from '../support/fault-server.js';
import { claims, createSigner } from '../support/jws.js';
import { createProject, run } from './support/project.js';

interface Runtime {
  readonly program: string;
  readonly flags: readonly string[];
  /** Flags for a process of little memory; `undefined` where there are none. */
  readonly littleMemory?: readonly string[];
  /** By which signal the runtime ends itself without memory. */
  readonly outOfMemory?: NodeJS.Signals;
  /** Whether a worker can have less memory than its process. */
  readonly limitsWorkers: boolean;
}

const NODE = {
  flags: [],
  littleMemory: ['--max-old-space-size=48'],
  outOfMemory: 'SIGABRT',
  limitsWorkers: true,
} as const;

const RUNTIMES: [string, Runtime][] = [
  [`Node ${process.versions.node.split('.')[0]}`, { program: process.execPath, ...NODE }],
  ['the newest Node', { program: 'node_modules/node26/bin/node', ...NODE }],
  [
    'Bun',
    {
      program: 'node_modules/@oven/bun-linux-x64/bin/bun',
      flags: ['run'],
      limitsWorkers: false,
    },
  ],
  [
    'Deno',
    {
      program: 'node_modules/@deno/linux-x64-glibc/deno',
      flags: ['run', '--allow-all'],
      littleMemory: ['--v8-flags=--max-old-space-size=48'],
      outOfMemory: 'SIGTRAP',
      limitsWorkers: false,
    },
  ],
];

const WORKERS = Number(process.env.LIVES ?? 15);
const PROCESSES = Math.max(7, Math.ceil(WORKERS / 5));
/** For the slowest machine: a life takes a tenth of a second, one that fills its memory ten times that. */
const LIFE_MS = 3_000;
const START_MS = 60_000;
/** How many tokens each life has: many enough for a burst. */
const TOKENS = 48;
/** Longer than any of this takes. In seconds. */
const DAY = 86_400;
const WORKS = ['inline', 'burst', 'fetching'] as const;

interface Life {
  readonly end: string;
  readonly work: (typeof WORKS)[number];
  readonly name: string;
}

/** So many lives, of each end in the middle of each work in turn. */
function livesOf(ends: readonly string[], count: number): Life[] {
  return Array.from({ length: count }, (_, index) => {
    const end = ends[index % ends.length] as string;
    const work = WORKS[Math.floor(index / ends.length) % WORKS.length] as Life['work'];
    return { end, work, name: `${index}-${end}` };
  });
}

const signer = createSigner();
let project: string;
let server: FaultServer;

beforeAll(async () => {
  project = await createProject('runtimes');
  const keys = body(JSON.stringify(signer.jwks));
  // Who comes to an end of its own gets its keys; all others end while they wait for them.
  server = await startFaultServer((response, request) =>
    request.url?.endsWith('-end') ? keys(response, request) : hang(response, request),
  );
  const tokens = Array.from({ length: TOKENS }, (_, jti) =>
    signer.sign(claims({ jti, exp: Math.floor(Date.now() / 1_000) + DAY })),
  );
  const { origin } = new URL(server.url);
  write('world.json', { tokens, jwks: signer.jwks, origin });
});

afterAll(() => server?.close());

function write(name: string, content: unknown): void {
  writeFileSync(path.join(project, name), JSON.stringify(content));
}

/** What a worker's life ends as, everywhere. */
const WORKER_ENDS: Record<string, { code: number; error?: string }> = {
  end: { code: 0 },
  exit: { code: 7 },
  throw: { code: 1, error: 'thrown' },
  terminate: { code: 1 },
  memory: { code: 1, error: 'ERR_WORKER_OUT_OF_MEMORY' },
};

describe.each(RUNTIMES)('in %s', (name, runtime) => {
  const { program, flags, littleMemory, outOfMemory, limitsWorkers } = runtime;

  test(`${WORKERS} workers end as they are told to`, {
    timeout: START_MS + WORKERS * LIFE_MS,
  }, async () => {
    const ends = Object.keys(WORKER_ENDS).filter((end) => end !== 'memory' || limitsWorkers);
    const lives = livesOf(ends, WORKERS);
    write(
      'lives.json',
      lives.map((life) => ({ ...life, name: `${name}/${life.name}` })),
    );
    const command = path.resolve(project, program);
    const args = [...flags, 'lives/host.mjs', 'world.json', 'lives.json'];
    const printed = await run(project, command, args);
    // Deno also prints what is thrown.
    const line = printed.split('\n').find((line) => line.startsWith('[{')) ?? printed;
    expect(JSON.parse(line)).toEqual(lives.map(({ end }) => WORKER_ENDS[end]));
    await nothingIsPending();
  });

  test(`${PROCESSES} processes end as they are told to`, {
    timeout: START_MS + PROCESSES * LIFE_MS,
  }, async () => {
    const ends = ['end', 'exit', 'throw', 'SIGTERM', ...(littleMemory ? ['memory'] : [])];
    const lives = livesOf(ends, PROCESSES);
    const expected: Record<string, object> = {
      end: { code: 0, signal: null },
      exit: { code: 7, signal: null },
      throw: { code: 1, signal: null },
      SIGTERM: { code: null, signal: 'SIGTERM' },
      memory: { code: null, signal: outOfMemory },
    };
    for (const life of lives) {
      const { stderr, ...ended } = await lifeOf(runtime, {
        ...life,
        name: `${name}/p${life.name}`,
      });
      expect(ended, `${life.end} in ${life.work}: ${stderr}`).toEqual(expected[life.end]);
    }
    await nothingIsPending();
  });
});

async function lifeOf(runtime: Runtime, { end, work, name }: Life) {
  const { flags, littleMemory = [] } = runtime;
  const program = path.resolve(project, runtime.program);
  const little = end === 'memory' ? littleMemory : [];
  const args = [...flags, ...little, 'lives/process.mjs', work, end, name, 'world.json'];
  const child = spawn(program, args, { cwd: project, stdio: ['ignore', 'pipe', 'pipe'] });
  const stopped = setTimeout(() => child.kill('SIGKILL'), START_MS);
  const output = Promise.all([text(child.stderr), once(child, 'close')]);
  child.stdout.once('data', () => end === 'SIGTERM' && child.kill('SIGTERM'));
  const [stderr, [code, signal]] = await output;
  clearTimeout(stopped);
  return { code, signal, stderr };
}

/** No process lives on that holds a connection. */
async function nothingIsPending(): Promise<void> {
  await vi.waitFor(() => expect(server.connections).toBe(0), { timeout: 10_000, interval: 20 });
}

// Hosts of several addresses, and a resolver that hangs. The names are those of files that only the
// process under test sees, in a mount namespace; where that is not allowed, there is nothing to test.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultServer, keySet, startFaultServer } from '../support/fault-server.js';
import { CLIENT_ID, createSigner } from '../support/jws.js';
import { type NameServer, startNameServer } from '../support/name-server.js';

const signer = createSigner();
const token = signer.sign();
const RESOLVER = '127.0.53.1';
/**
 * Addresses that take no connection and refuse none, and the one of the key server. The system puts
 * those first that have more bits in common with its own (RFC 6724, section 5, rule 9).
 */
const SILENT = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];
const REFUSING = '127.0.0.9';
const GOOD = '127.0.0.8';
const CONNECT_LIMIT_MS = 2_000;

interface Step {
  fetch?: object[];
  send?: { text: string; port: number; host: string };
  wait?: number;
}

interface Said {
  outcomes: string[];
  ms: number;
  threads: number;
  left: number;
}

let folder: string;
let server: FaultServer;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'names-'));
  server = await startFaultServer(keySet(signer.jwks.keys));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function run(steps: Step[], hosts: string): Promise<Said[]> {
  const files = { hosts: path.join(folder, 'hosts'), resolver: path.join(folder, 'resolv.conf') };
  await writeFile(files.hosts, hosts);
  await writeFile(files.resolver, `nameserver ${RESOLVER}\noptions timeout:1 attempts:5\n`);
  const command =
    'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/resolv.conf && exec "$3" "$4" "$5"';
  const script = fileURLToPath(new URL('../support/names.mjs', import.meta.url));
  const given = JSON.stringify({ token, steps });
  const args = [
    'sh',
    '-c',
    command,
    'sh',
    files.hosts,
    files.resolver,
    process.execPath,
    script,
    given,
  ];
  const env = { ...process.env, HTTP_PROXY: '', http_proxy: '' };
  const { stdout } = await promisify(execFile)('unshare', ['-rm', ...args], {
    env,
    timeout: 25_000,
  });
  return JSON.parse(stdout);
}

function canMount(): boolean {
  try {
    execFileSync('unshare', ['-rm', 'mount', '--bind', '/etc/hosts', '/etc/hosts']);
    return process.platform === 'linux';
  } catch {
    return false;
  }
}

const optionsOf = (host: string, timeoutMs = 5_000, attempt = 0) => ({
  clientId: CLIENT_ID,
  jwksUrl: `http://${host}:${server.port}/${timeoutMs}/${attempt}`,
  allowInsecureJwksUrl: true,
  jwksCache: { timeoutMs },
});

describe.runIf(canMount())('a host of several addresses', () => {
  const sockets: Socket[] = [];
  const closing: (() => void)[] = [];

  // A process that listens, stands still, and whose queue is full: the system drops what comes then.
  beforeAll(async () => {
    const code = `const net = require('node:net'); let open = 0;
      for (const host of ${JSON.stringify(SILENT)})
        net.createServer().listen({ host, port: ${server.port}, backlog: 1 },
          () => { if (++open === ${SILENT.length}) console.log('open'); });`;
    const listener = spawn(process.execPath, ['-e', code]);
    closing.push(() => listener.kill('SIGKILL'));
    await once(listener.stdout, 'data');
    listener.kill('SIGSTOP');
    const passing = createServer((socket) => {
      sockets.push(socket.on('error', () => {}));
      socket.pipe(connect(server.port, '127.0.0.1')).pipe(socket);
    });
    await once(passing.listen(server.port, GOOD), 'listening');
    closing.push(() => passing.close());
    for (const host of SILENT) {
      for (let count = 0; count < 6; count += 1) {
        sockets.push(connect(server.port, host).on('error', () => {}));
      }
    }
    await sleep(300);
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    for (const close of closing) close();
  });

  const hosts = () => {
    const [first = '', second = '', third = ''] = SILENT;
    const names = {
      'one.keys.test': [first, GOOD],
      'three.keys.test': [first, second, third, GOOD],
      'refused.keys.test': [REFUSING, GOOD],
      'silent.keys.test': [first, second],
    };
    return Object.entries(names)
      .flatMap(([name, addresses]) => addresses.map((address) => `${address} ${name}\n`))
      .join('');
  };

  it.each<[string, string, number, number, number]>([
    ['one of which is silent', 'one.keys.test', 5_000, 240, 1_000],
    ['three of which are silent', 'three.keys.test', 5_000, 740, 1_500],
    ['one of which is silent, in little time', 'one.keys.test', 400, 190, 400],
    ['one of which refuses', 'refused.keys.test', 5_000, 0, 230],
  ])('%s, is fetched from in good time', async (_, host, timeoutMs, least, most) => {
    const attempts = [1, 2, 3, 4].map((attempt) => optionsOf(host, timeoutMs, attempt));
    const said = await run(
      attempts.map((options) => ({ fetch: [options] })),
      hosts(),
    );
    const times = said.map(({ ms }) => ms);
    for (const { outcomes } of said.filter(({ ms }) => ms < timeoutMs))
      expect(outcomes).toEqual(['user_1']);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(least);
    // The best of them: a busy machine may take its time with the others.
    expect(Math.min(...times)).toBeLessThan(most);
  });

  it('all of which are silent, is given up after the limit for connecting', async () => {
    const [said, little] = await run(
      [{ fetch: [optionsOf('silent.keys.test')] }, { fetch: [optionsOf('silent.keys.test', 500)] }],
      hosts(),
    );
    expect(said?.outcomes).toEqual(['CONNECT']);
    expect(said?.ms).toBeGreaterThan(CONNECT_LIMIT_MS - 50);
    expect(said?.ms).toBeLessThan(CONNECT_LIMIT_MS + 1_000);
    expect(little?.outcomes).toEqual(['TIMEOUT']);
    expect(little?.ms).toBeLessThan(1_000);
  });
});

describe.runIf(canMount())('a resolver that hangs', () => {
  let names: NameServer | undefined;
  beforeAll(async () => {
    names = await startNameServer(RESOLVER);
  });
  afterAll(() => names?.close());

  it('holds eight threads at the most, and none when it answers again', async ({ skip }) => {
    if (names === undefined) return skip();
    const hanging = Array.from({ length: 30 }, (_, index) => optionsOf(`n${index}.keys.test`, 700));
    const said = await run(
      [
        { fetch: hanging },
        { send: { text: 'answer', port: 53, host: RESOLVER } },
        { fetch: [optionsOf('healthy.keys.test')] },
        { wait: 1_500 },
      ],
      '127.0.0.1 localhost\n',
    );
    const [hung, , healthy, last] = said;
    expect(new Set(hung?.outcomes)).toEqual(new Set(['TIMEOUT']));
    expect(hung?.ms).toBeLessThan(1_700);
    expect([hung?.threads, hung?.left]).toEqual([8, 8]);
    expect(healthy?.outcomes).toEqual(['user_1']);
    expect(healthy?.ms).toBeLessThan(3_000);
    expect(last?.left).toBe(0);
    // Those that were given up before they had a place are never looked up.
    expect(names.asked.size).toBe(9);
  });
});

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, selfSigned } from '../support/authority.js';
import { type FaultServer, keySet, startFaultServer } from '../support/fault-server.js';
import { startForwardProxy } from '../support/forward-proxy.js';
import { CLIENT_ID, createSigner } from '../support/jws.js';

const signer = createSigner();
const token = signer.sign();
const authority = createAuthority();
const company = createAuthority('Company Authority');
const ended = createAuthority('Ended Authority', { validUntil: -5 });

let folder: string;
let server: FaultServer;
let companyServer: FaultServer;
let plainServer: FaultServer;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'roots-'));
  const answer = keySet(signer.jwks.keys);
  server = await startFaultServer(answer, authority.issue());
  companyServer = await startFaultServer(answer, company.issue());
  plainServer = await startFaultServer(answer);
});
afterAll(async () => {
  await Promise.all([server, companyServer, plainServer].map((one) => one.close()));
  await rm(folder, { recursive: true });
});

async function file(content: string): Promise<string> {
  const name = path.join(folder, `${Math.random()}.pem`);
  await writeFile(name, content);
  return name;
}

interface Said {
  outcome: string;
  asked: string[];
  handedOver: number;
}

type Step = [how: string, server: { readonly url: string }, jwksCache?: object];

/** Runs the steps in a process of its own, whose environment names no trust but what is given. */
async function run(
  steps: Step[],
  {
    env = {},
    roots,
    extra,
    flags = [],
    polluted = {},
  }: {
    env?: Record<string, string>;
    roots?: string[] | null | undefined;
    extra?: string[] | null | undefined;
    flags?: string[];
    polluted?: Record<string, string>;
  } = {},
): Promise<Said[]> {
  const given = {
    token,
    roots,
    extra,
    polluted,
    steps: steps.map(([how, { url: jwksUrl }, jwksCache]) => ({
      how,
      options: {
        clientId: CLIENT_ID,
        jwksUrl,
        allowInsecureJwksUrl: true,
        ...(jwksCache && { jwksCache }),
      },
    })),
  };
  const script = fileURLToPath(new URL('../support/trust.mjs', import.meta.url));
  const { NODE_EXTRA_CA_CERTS: _, SSL_CERT_FILE: __, SSL_CERT_DIR: ___, ...rest } = process.env;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, script, JSON.stringify(given)],
    {
      env: { ...rest, ...env },
      timeout: 20_000,
    },
  );
  return JSON.parse(stdout);
}

async function outcomes(...given: Parameters<typeof run>): Promise<string[]> {
  return (await run(...given)).map(({ outcome }) => outcome);
}

describe('an authority that Node does not know', () => {
  it('is unknown here too', async () => {
    expect(await outcomes([['verify', server]])).toEqual(['TLS_UNKNOWN_ISSUER']);
  });

  it('is trusted through NODE_EXTRA_CA_CERTS', async () => {
    const env = { NODE_EXTRA_CA_CERTS: await file(authority.pem) };
    const steps: Step[] = [
      ['verify', server],
      ['verify', companyServer],
    ];
    expect(await outcomes(steps, { env })).toEqual(['user_1', 'TLS_UNKNOWN_ISSUER']);
  });

  it('is trusted through NODE_EXTRA_CA_CERTS beside the one in `ca`', async () => {
    const env = { NODE_EXTRA_CA_CERTS: await file(company.pem + authority.pem) };
    const own = selfSigned();
    const third = await startFaultServer(keySet(signer.jwks.keys), own);
    const ca = { ca: own.cert };
    const steps: Step[] = [
      ['verify', server, ca],
      ['verify', companyServer, ca],
      ['verify', third, ca],
      ['verify', third],
    ];
    const said = await outcomes(steps, { env });
    await third.close();
    expect(said).toEqual(['user_1', 'user_1', 'user_1', 'TLS_SELF_SIGNED']);
  });

  it('is trusted in a worker as well', async () => {
    const env = { NODE_EXTRA_CA_CERTS: await file(authority.pem) };
    expect(await outcomes([['worker', server]], { env })).toEqual(['user_1']);
  });

  it.each([
    ['does not exist', async () => path.join(folder, 'missing.pem')],
    ['is a folder', async () => folder],
    ['is empty', () => file('')],
    ['is no PEM', () => file('not a certificate')],
  ])('a NODE_EXTRA_CA_CERTS that %s costs no other trust', async (_, make) => {
    const env = { NODE_EXTRA_CA_CERTS: await make() };
    const steps: Step[] = [
      ['verify', server],
      ['verify', server, { ca: authority.pem }],
    ];
    expect(await outcomes(steps, { env })).toEqual(['TLS_UNKNOWN_ISSUER', 'user_1']);
  });
});

describe('an image without a certificate store', () => {
  const nothing = { SSL_CERT_FILE: '/nonexistent/cert.pem', SSL_CERT_DIR: '/nonexistent/certs' };

  it('works with what Node trusts', async () => {
    const env = { ...nothing, NODE_EXTRA_CA_CERTS: await file(authority.pem) };
    const steps: Step[] = [
      ['verify', server],
      ['verify', companyServer, { ca: company.pem }],
    ];
    expect(await outcomes(steps, { env })).toEqual(['user_1', 'user_1']);
    expect(await outcomes(steps, { env: nothing, roots: [authority.pem] })).toEqual([
      'user_1',
      'user_1',
    ]);
  });

  it('and one with another than what Node trusts: it is not read', async () => {
    const store = { SSL_CERT_FILE: await file(authority.pem), SSL_CERT_DIR: folder };
    for (const roots of [[company.pem], null]) {
      expect(await outcomes([['verify', server]], { env: store, roots })).toEqual([
        'TLS_UNKNOWN_ISSUER',
      ]);
    }
  });
});

describe('the roots are handed over once, before the first https request', () => {
  const WAYS = ['verify', 'call', 'ready', 'sync'];

  it.each(WAYS)('by %s', async (how) => {
    const roots = [authority.pem];
    const steps: Step[] = [[how, server], ...WAYS.map((way): Step => [way, companyServer])];
    const said = await run(steps, { roots });
    for (const { asked, handedOver } of said) {
      expect({ asked, handedOver }).toEqual({ asked: ['default'], handedOver: 1 });
    }
  });

  it('and by nothing that makes no https request', async () => {
    const steps: Step[] = [
      ['create', server],
      ['malformed', server],
      ...['create', ...WAYS].map((way): Step => [way, plainServer]),
      ['worker', plainServer],
      ['call', server],
      ['worker', companyServer, { ca: company.pem }],
    ];
    const said = await run(steps, { roots: [authority.pem] });
    const handed = said.map(({ handedOver }) => handedOver);
    expect(handed).toEqual([...Array(steps.length - 2).fill(0), 1, 1]);
    expect(said.map(({ asked }) => asked.length)).toEqual(handed);
    expect(said.at(-1)?.outcome).toBe('user_1');
  });

  it('also for a proxy that speaks https, though the key server does not', async () => {
    const proxy = await startForwardProxy(plainServer.port, authority.issue());
    const env = { HTTP_PROXY: proxy.url, http_proxy: proxy.url, NO_PROXY: '', no_proxy: '' };
    const behind = { url: `http://keys.example${new URL(plainServer.url).pathname}` };
    const said = await run([['verify', behind]], { env, roots: [authority.pem] });
    await proxy.close();
    expect(said).toEqual([{ outcome: 'user_1', asked: ['default'], handedOver: 1 }]);
  });

  it('also where Node has no function for them, and the file of NODE_EXTRA_CA_CERTS is read', async () => {
    const env = { NODE_EXTRA_CA_CERTS: await file(authority.pem) };
    const steps: Step[] = ['verify', 'call', 'worker', 'ready'].map((way) => [way, server]);
    const said = await run(steps, { env, roots: null });
    expect(said.map(({ outcome }) => outcome)).toEqual(['user_1', 'user_1', 'user_1', 'done']);
    for (const { asked, handedOver } of said) {
      expect({ asked, handedOver }).toEqual({ asked: ['NODE_EXTRA_CA_CERTS'], handedOver: 1 });
    }
  });
});

describe('a certificate among the roots that cannot be read', () => {
  const pem = (der: string) => `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----\n`;
  const cut = authority.pem.split('\n').slice(1, -8).join('\n');

  it.each([
    ['no base64', pem('*')],
    ['no certificate', pem('AAAA')],
    ['half a certificate', pem(cut)],
    ['nothing', ''],
  ])('costs no other, though it is %s', async (_, bad) => {
    const roots = [bad, authority.pem, bad];
    const steps: Step[] = [
      ['verify', server],
      ['verify', companyServer, { ca: company.pem }],
    ];
    expect(await outcomes(steps, { roots })).toEqual(['user_1', 'user_1']);
  });

  it('costs no other in one file with it, as in Node', async () => {
    const env = { NODE_EXTRA_CA_CERTS: await file(authority.pem + pem('AAAA')) };
    expect(await outcomes([['verify', server]], { env, roots: null })).toEqual(['user_1']);
  });
});

describe('without any root', () => {
  const refused = ['NO_TRUST_ROOTS', 'NO_TRUST_ROOTS', 'NO_TRUST_ROOTS'];
  const steps = (ca?: string): Step[] =>
    ['verify', 'call', 'ready'].map((way) => (ca ? [way, server, { ca }] : [way, server]));

  it.each<[string, string[]]>([
    ['that Node has', ['']],
    ['that can be read', ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n']],
    ['that has not ended', [ended.pem]],
  ])('%s the cause says so', async (_, roots) => {
    expect(await outcomes(steps(), { roots })).toEqual(refused);
  });

  it('the one of `ca` is enough', async () => {
    expect(await outcomes([['verify', server, { ca: authority.pem }]], { roots: [''] })).toEqual([
      'user_1',
    ]);
  });
});

describe('--use-openssl-ca', () => {
  const flags = ['--use-openssl-ca'];
  const store = { file: 'SSL_CERT_FILE', folder: 'SSL_CERT_DIR' };
  const nowhere = { SSL_CERT_FILE: '/nonexistent', SSL_CERT_DIR: '/nonexistent' };
  const both = (): Step[] => [
    ['verify', server],
    ['verify', companyServer],
  ];

  it.each<[string, string[] | null | undefined, string[]]>([
    ['what this Node gives', undefined, []],
    ['what this Node gives with NODE_EXTRA_CA_CERTS', undefined, [company.pem]],
    ['an empty list', [], []],
    ['a Node without the function', null, []],
    ['a list of the extra ones alone', [company.pem], [company.pem]],
  ])('with %s trusts the file of OpenSSL', async (_, roots, listed) => {
    const env = {
      ...nowhere,
      [store.file]: await file(authority.pem),
      ...(listed.length > 0 && { NODE_EXTRA_CA_CERTS: await file(company.pem) }),
    };
    const knows = listed.length > 0 ? 'user_1' : 'TLS_UNKNOWN_ISSUER';
    const extra = roots && listed;
    expect(await outcomes(both(), { env, roots, extra, flags })).toEqual(['user_1', knows]);
    const byVariable = { ...env, NODE_OPTIONS: '--use-openssl-ca' };
    expect(await outcomes(both(), { env: byVariable, roots, extra })).toEqual(['user_1', knows]);
  });

  it('trusts the folders of OpenSSL, in which files are named by their hash', async () => {
    const folders = ['one', 'two', 'three'].map((name) => path.join(folder, name));
    for (const name of folders) await mkdir(name);
    await writeFile(path.join(String(folders[1]), '0a1b2c3d.0'), authority.pem);
    await writeFile(path.join(String(folders[2]), 'company.pem'), company.pem);
    const env = { ...nowhere, [store.folder]: folders.join(path.delimiter) };
    const said = await outcomes(both(), { env, roots: [], flags });
    expect(said).toEqual(['user_1', 'TLS_UNKNOWN_ISSUER']);
  });

  it('trusts the bundled roots as well, and nothing that is not named', async () => {
    expect(await outcomes(both(), { env: nowhere, roots: [], flags })).toEqual([
      'TLS_UNKNOWN_ISSUER',
      'TLS_UNKNOWN_ISSUER',
    ]);
  });

  it('does not widen what the program has set', async () => {
    const env = { [store.file]: await file(authority.pem) };
    const said = await outcomes(both(), { env, roots: [company.pem], extra: [], flags });
    expect(said).toEqual(['TLS_UNKNOWN_ISSUER', 'user_1']);
  });

  it('in the variable of a polluted prototype is nothing', async () => {
    const polluted = { SSL_CERT_FILE: await file(authority.pem) };
    const said = await outcomes(both(), { roots: [], flags, polluted });
    expect(said).toEqual(['TLS_UNKNOWN_ISSUER', 'TLS_UNKNOWN_ISSUER']);
  });
});

describe('roots that cannot be read for lack of descriptors', () => {
  it.each<[string, string[] | null]>([
    ['where Node has no function for them', null],
    ['where Node has read an empty file meanwhile', ['']],
  ])('are read by the next call, %s', async (_, roots) => {
    const env = { NODE_EXTRA_CA_CERTS: await file(authority.pem) };
    const steps: Step[] = [
      ['starved', server],
      ['verify', { url: `${server.url}/later` }],
    ];
    const said = await run(steps, { env, roots, extra: [] });
    expect(said.map(({ outcome, handedOver }) => [outcome, handedOver])).toEqual([
      ['NO_TRUST_ROOTS', 0],
      ['user_1', 1],
    ]);
  });
});

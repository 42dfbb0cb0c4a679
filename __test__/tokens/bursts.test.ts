// Many tokens in one turn of the event loop: the first are verified on the JavaScript thread, the
// rest on others.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import {
  createWorkosVerifier,
  WorkosTokenError,
  type WorkosTokenOptions,
} from 'verify-workos-token';
import { binding } from '../support/binding.js';
import { startFaultServer, keySet } from '../support/fault-server.js';
import { CLIENT_ID, claims, createSigner, forge } from '../support/jws.js';

import { createApi } from '../../lib/index.ts';
import { readOptions } from '../../lib/options/index.ts';

const signer = createSigner();
const PER_BURST = binding.verifiedPerBurst();
/** No token is answered from memory, unless a test says so. */
const anew = { ...signer.options, verifiedTokenCache: false };

/** A token of each kind, and what it comes to. */
const KINDS: [string, string][] = [
  [signer.sign(), 'accept'],
  [forge(signer.kid), 'INVALID_SIGNATURE'],
  [signer.sign(claims({ exp: 1 })), 'TOKEN_EXPIRED'],
  [signer.sign(claims({ aud: undefined })), 'INVALID_AUDIENCE'],
  [signer.sign(claims(), { alg: 'none' }), 'UNSUPPORTED_ALGORITHM'],
  [signer.sign(claims({ sub: '' })), 'INVALID_SUBJECT'],
  [forge('key_2'), 'UNKNOWN_KEY'],
  ['x', 'MALFORMED_TOKEN'],
];

/** A binding that finds every token under the number 1. */
function binaryThatFinds(text: string) {
  const found = () => ({ token: 'a.b.c', claims: text });
  return { ...binding, verify: () => 1, found, recheck: () => true };
}

async function outcomeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'accept';
  } catch (error) {
    return error instanceof WorkosTokenError ? error.code : String(error);
  }
}

function burst(options: WorkosTokenOptions, tokens: string[]): Promise<string[]> {
  const verifier = createWorkosVerifier(options);
  return Promise.all(tokens.map((token) => outcomeOf(verifier.verify(token))));
}

/** Runs a script of `support/` in a process of its own, and reads what it prints. */
async function runScript(name: string, count: number): Promise<unknown> {
  const tokens = Array.from({ length: count }, () => signer.sign(claims({ jti: Math.random() })));
  const script = fileURLToPath(new URL(`../support/${name}`, import.meta.url));
  const input = JSON.stringify({ jwks: signer.jwks, tokens });
  const { stdout } = await promisify(execFile)(process.execPath, [script, input]);
  return JSON.parse(stdout);
}

describe('a burst', () => {
  it.each([
    ['just what is verified at once', PER_BURST],
    ['one more', PER_BURST + 1],
    ['two more', PER_BURST + 2],
    ['many', 40 * PER_BURST],
  ])('of %s comes to what each token comes to by itself', async (_, count) => {
    const kinds = Array.from({ length: count }, (_, index) => KINDS[index % KINDS.length] ?? []);
    const outcomes = await burst(
      anew,
      kinds.map(([token]) => token as string),
    );
    expect(outcomes).toEqual(kinds.map(([, outcome]) => outcome));
  });

  it('gives each call the claims of its own token', async () => {
    const ids = Array.from({ length: 10 * PER_BURST }, (_, index) => `user_${index}`);
    const tokens = ids.map((sub) => signer.sign(claims({ sub })));
    const verifier = createWorkosVerifier(anew);
    const verified = await Promise.all(tokens.map((token) => verifier.verify(token)));
    expect(verified.map(({ sub }) => sub)).toEqual(ids);
    expect(verified.every(Object.isFrozen)).toBe(true);
  });

  it('after the other keeps the tokens and the claims of each apart', async () => {
    const verifier = createWorkosVerifier(anew);
    for (const filling of [900, 1, 9_000, 0, 40]) {
      const subjects = Array.from({ length: 5 * PER_BURST }, (_, index) => `user_${index}_é€😀`);
      const tokens = subjects.map((sub) => signer.sign(claims({ sub, x: 'x'.repeat(filling) })));
      const verified = await Promise.all(tokens.map((token) => verifier.verify(token)));
      expect(verified.map(({ sub }) => sub)).toEqual(subjects);
    }
  });

  it('of more than the queue takes is verified too', async () => {
    const tokens = Array.from({ length: 1_500 }, () => KINDS[0]?.[0] as string);
    expect(new Set(await burst(anew, tokens))).toEqual(new Set(['accept']));
  });

  it('lets the event loop have its turn before it ends', async () => {
    const tokens = Array.from({ length: 400 }, () => KINDS[0]?.[0] as string);
    const verifier = createWorkosVerifier(anew);
    let open = tokens.length;
    const verified = Promise.all(
      tokens.map((token) => verifier.verify(token).then(() => (open -= 1))),
    );
    const openAtTurn = await new Promise<number>((resolve) => setImmediate(() => resolve(open)));
    expect(openAtTurn).toBeGreaterThan(tokens.length / 2);
    await verified;
    expect(open).toBe(0);
  });

  it('of one token after the other lets the event loop have its turn too', async () => {
    const verifier = createWorkosVerifier(anew);
    let done = 0;
    const chain = (async () => {
      for (; done < 100; done += 1) await verifier.verify(KINDS[0]?.[0] as string);
    })();
    const doneAtTurn = await new Promise<number>((resolve) => setImmediate(() => resolve(done)));
    expect(doneAtTurn).toBeLessThan(50);
    await chain;
    expect(done).toBe(100);
  });

  it('goes on where each answer brings another call', async () => {
    const verifier = createWorkosVerifier(anew);
    let calls = 0;
    const chain = async () => {
      for (let index = 0; index < 3 * PER_BURST; index += 1) {
        await verifier.verify(KINDS[0]?.[0] as string);
        calls += 1;
      }
    };
    await Promise.all(Array.from({ length: 16 }, chain));
    expect(calls).toBe(16 * 3 * PER_BURST);
  });

  it('of tokens whose key has to be fetched causes one request', async () => {
    const server = await startFaultServer(keySet(signer.jwks.keys));
    try {
      const tokens = Array.from({ length: 10 * PER_BURST }, () => signer.sign());
      const options = { clientId: CLIENT_ID, jwksUrl: server.url };
      expect(new Set(await burst(options, tokens))).toEqual(new Set(['accept']));
      // The keys are here, one `kid` is not: those on other threads ask as well.
      const unknown = Array.from({ length: 10 * PER_BURST }, () => forge('key_2'));
      expect(new Set(await burst(options, unknown))).toEqual(new Set(['UNKNOWN_KEY']));
      expect(server.requests).toBe(2);
    } finally {
      await server.close();
    }
  });

  it('counts each token once', async () => {
    const verifier = createWorkosVerifier(anew);
    const tokens = Array.from({ length: 6 * KINDS.length }, (_, index) => KINDS[index % 8]?.[0]);
    await Promise.all(tokens.map((token) => outcomeOf(verifier.verify(token as string))));
    const { verified, rejected } = verifier.stats();
    expect([verified, rejected.INVALID_SIGNATURE, rejected.TOKEN_EXPIRED]).toEqual([6, 6, 6]);
  });
});

describe('the calls that wait in one thread', () => {
  const tokens = (issuer: string) =>
    Array.from({ length: 5 * PER_BURST }, (_, index) => signer.sign(claims({ issuer, index })));

  it('are settled each with its own claims where several copies share the binary', async () => {
    const copies = ['one', 'two', 'three'].map((name) => ({
      name,
      verify: createApi({ ...binding }).verifyWorkosToken,
    }));
    const verified = copies.flatMap(({ name, verify }) =>
      tokens(name).map((token) => verify(token, anew)),
    );
    const expected = copies.flatMap(({ name }) =>
      Array.from({ length: 5 * PER_BURST }, (_, index) => [name, index]),
    );
    const found = (await Promise.all(verified)) as { issuer?: string; index?: number }[];
    expect(found.map(({ issuer, index }) => [issuer, index])).toEqual(expected);
  });

  it('are known by numbers that never come twice, and are settled once', async () => {
    const { verifyWorkosToken: verify } = createApi(binding);
    await Promise.all(tokens('first').map((token) => verify(token, anew)));
    // A thread keeps the dispatcher that it has.
    const other = () => Object.assign(() => {}, { calls: { number: () => 0, wait: () => {} } });
    const dispatch = binding.dispatcher(other());
    expect(binding.dispatcher(other())).toBe(dispatch);
    const { calls } = dispatch;
    const [first, second] = [calls.number(), calls.number()];
    expect(second).toBeGreaterThan(first);
    const settled: unknown[] = [];
    calls.wait(first, (outcome) => settled.push(outcome));
    dispatch(first, 'one', first, 'again', second, 'nobody waits', -1, 'nor here');
    expect(settled).toEqual(['one']);
  });
});

it('a call whose claims cannot be made rejects, and does not wait for ever', async () => {
  const verifier = createWorkosVerifier(anew);
  const token = KINDS[0]?.[0] as string;
  const burst = Array.from({ length: 3 * PER_BURST }, () => verifier.verify(token));
  const parse = vi.spyOn(JSON, 'parse').mockImplementation(() => {
    throw new Error('no memory');
  });
  const outcomes = await Promise.allSettled(burst);
  parse.mockRestore();
  expect(outcomes.slice(-PER_BURST).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

describe('the claims of a token that was seen before', () => {
  it('are one object, from its second time on', async () => {
    const token = signer.sign(claims({ nested: { list: [1, { a: 1 }] } }));
    const verifier = createWorkosVerifier(signer.options);
    const [first, second, third] = [
      await verifier.verify(token),
      await verifier.verify(token),
      await createWorkosVerifier({ ...signer.options, audience: null }).verify(token),
    ];
    expect(first).toEqual(second);
    expect(first).not.toBe(second);
    expect(third).toBe(second);
  });

  it('are refused and given anew by each call’s own options', async () => {
    const token = signer.sign(claims({ org_id: 'org_a', exp: 2_000_000_000 }));
    const at = (now: number) => createWorkosVerifier({ ...signer.options, now });
    const { exp } = await at(1_999_999_000).verify(token);
    expect(await outcomeOf(at(exp).verify(token))).toBe('accept');
    expect(await outcomeOf(at(exp + 5).verify(token))).toBe('TOKEN_EXPIRED');
    const other = createWorkosVerifier({ ...signer.options, now: 0, organizationId: 'org_b' });
    expect(await outcomeOf(other.verify(token))).toBe('FORBIDDEN_ORGANIZATION');
    expect((await at(0).verify(token)).org_id).toBe('org_a');
  });

  it('are never given where the key is another’s, or is there no more', async () => {
    const token = signer.sign(claims({ jti: 'elsewhere' }));
    const ours = createWorkosVerifier(signer.options);
    const elsewhere = [
      [createSigner(signer.kid).jwks, 'INVALID_SIGNATURE'],
      [createSigner('key_2').jwks, 'UNKNOWN_KEY'],
      [{ keys: [{ ...signer.jwk, alg: 'PS256' }] }, 'UNKNOWN_KEY'],
      [{ keys: [signer.jwk, createSigner(signer.kid).jwk] }, 'UNKNOWN_KEY'],
    ] as const;
    for (let round = 0; round < 3; round += 1) {
      expect(await outcomeOf(ours.verify(token))).toBe('accept');
      for (const [jwks, code] of elsewhere) {
        const theirs = createWorkosVerifier({ ...signer.options, jwks });
        expect(await outcomeOf(theirs.verify(token))).toBe(code);
      }
      const other = createWorkosVerifier({ clientId: 'client_other', jwks: signer.jwks });
      expect(await outcomeOf(other.verify(token))).toBe('INVALID_ISSUER');
      const es = createWorkosVerifier({ ...signer.options, algorithms: ['ES256'] });
      expect(await outcomeOf(es.verify(token))).toBe('UNSUPPORTED_ALGORITHM');
    }
  });

  it('are looked up by their number, and not by what was found last', async () => {
    const [one, two] = ['one', 'two'].map((jti) => signer.sign(claims({ jti }))) as string[];
    const { json: native } = readOptions(signer.options);
    const verifier = binding.createVerifier(native);
    const verify = (token: unknown) => binding.verify(verifier, token, Date.now() / 1000, 0);
    for (const token of [one, two]) expect(verify(token)).toMatch(/^{/);
    const [first, second] = [verify(one), verify(two)] as number[];
    expect(first).not.toBe(second);
    expect(binding.found(first as number)).toBe(null);
    expect(binding.found(second as number)).toMatchObject({
      token: two,
      claims: expect.stringContaining('"jti":"two"'),
    });
  });

  it('are not confused where two binaries count alike', async () => {
    const answers = { alice: '{"sub":"alice"}', bob: '{"sub":"bob"}' };
    const apis = Object.values(answers).map((text) => createApi(binaryThatFinds(text)));
    const found = [];
    for (const api of [...apis, ...apis]) {
      found.push((await api.verifyWorkosToken('token', signer.options)).sub);
    }
    expect(found).toEqual(['alice', 'bob', 'alice', 'bob']);
  });
});

describe.runIf(process.platform === 'linux')('threads', () => {
  it('start with the first burst alone', async () => {
    const [loaded, oneByOne, afterBurst] = (await runScript(
      'threads.mjs',
      6 * PER_BURST,
    )) as number[];
    expect([loaded, oneByOne]).toEqual([0, 0]);
    expect(afterBurst).toBeGreaterThan(0);
  });

  it('are no more than get a worthwhile share, however many there could be', async () => {
    // 62 are not verified at once: a thread for the first, and one for each 16 more.
    const { threads, verified } = (await runScript('many-cores.mjs', 64)) as Record<string, number>;
    expect(verified).toBe(64);
    expect(threads).toBeLessThanOrEqual(4);
  });
});

it('workers that are terminated in bursts, and a process that exits in one, end cleanly', async () => {
  expect(await runScript('burst-churn.mjs', 10 * PER_BURST)).toBe(20);
}, 60_000);

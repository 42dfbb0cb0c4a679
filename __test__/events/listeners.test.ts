// What listeners do is their own affair.
import { AsyncLocalStorage } from 'node:async_hooks';
import { execFile } from 'node:child_process';
import { tracingChannel } from 'node:diagnostics_channel';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { createWorkosVerifier, verifyWorkosToken } from 'verify-workos-token';
import { keySet, startFaultServer } from '../support/fault-server.js';
import { CLIENT_ID, claims, createSigner } from '../support/jws.js';
import { listen, stopListening } from '../support/listen.js';
import { refusal } from '../support/refusal.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const signer = createSigner();
const { options } = signer;
const channel = tracingChannel('verify-workos-token.verify');
const NAMES = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;

/** A token that no test has used. */
let last = 0;
function sign(): string {
  last += 1;
  return signer.sign(claims({ jti: `${last}` }));
}

const undo: (() => void)[] = [];
afterEach(() => {
  stopListening();
  for (const one of undo.splice(0)) one();
});

function on(name: (typeof NAMES)[number], listener: (event: Record<string, unknown>) => void) {
  const subscriber = (event: unknown) => listener(event as Record<string, unknown>);
  channel[name].subscribe(subscriber);
  undo.push(() => channel[name].unsubscribe(subscriber));
}

/** A good token and a bad one have the same results as without listeners. */
async function expectResults(): Promise<void> {
  const { verify, verifySync } = createWorkosVerifier(options);
  const token = sign();
  expect((await verify(token)).sub).toBe('user_1');
  expect((await verifyWorkosToken(token, options)).sub).toBe('user_1');
  expect(verifySync(token).sub).toBe('user_1');
  const error = await refusal(() => verify(signer.sign(claims({ exp: 1, org_id: 'org_1' }))));
  expect(error).toMatchObject({ code: 'TOKEN_EXPIRED', claim: 'exp', status: 401 });
  expect(error.claims).toHaveProperty('org_id', 'org_1');
}

describe('a listener changes no result', () => {
  const acts: Record<string, (event: Record<string, unknown>) => void> = {
    'that freezes the context': Object.freeze,
    'that empties it': (event) => {
      for (const name of Object.keys(event)) delete event[name];
    },
    'that writes into it': (event) => {
      Object.assign(event, { outcome: 'accepted', code: undefined, result: { sub: 'admin' } });
      if (event.error) Object.assign(event.error as object, { code: 'OTHER', claims: {} });
    },
    'that puts setters in its way': (event) => {
      for (const name of ['outcome', 'durationMs', 'source', 'error'])
        Reflect.defineProperty(event, name, {
          set() {
            throw new Error('a setter');
          },
          configurable: false,
        });
    },
    'that gives it another prototype': (event) => {
      Object.setPrototypeOf(event, {
        set outcome(_: unknown) {
          throw new Error('an inherited setter');
        },
      });
    },
  };
  it.each(Object.entries(acts))('%s', async (_, act) => {
    for (const name of NAMES) on(name, act);
    await expectResults();
  });

  it('that makes calls of its own, each told apart', async () => {
    const { verifySync } = createWorkosVerifier(options);
    const token = sign();
    const { published } = listen('verify', ['end', 'asyncEnd']);
    let depth = 0;
    on('start', () => {
      if (depth > 0) return;
      depth += 1;
      verifySync(token);
      expect(() => verifySync('x')).toThrow();
      depth -= 1;
    });
    await verifyWorkosToken(token, options);
    const sources = published.map(({ name, event }) => `${name} ${event.method} ${event.source}`);
    expect(sources).toEqual([
      'end verifySync fixed',
      'end verifySync undefined',
      'end verifyWorkosToken undefined',
      'asyncEnd verifyWorkosToken token cache',
    ]);
  });

  it('nor takes the calls that a function in the options makes for the call itself', async () => {
    const server = await startFaultServer(keySet(signer.jwks.keys));
    const fetched = createWorkosVerifier({ clientId: CLIENT_ID, jwksUrl: server.url });
    const { published } = listen('verify', ['asyncEnd']);
    let inner: Promise<unknown> | undefined;
    const now = () => {
      inner ??= fetched.verify(sign());
      return Date.now() / 1_000;
    };
    await verifyWorkosToken(sign(), { ...options, now });
    await inner;
    await server.close();
    const sources = published.map(({ event }) => `${event.method} ${event.source}`);
    expect(sources).toEqual(['verifyWorkosToken fixed', 'verify fetch']);
  });

  it('that binds a store gets the context of the call, and its own store around it', async () => {
    const storage = new AsyncLocalStorage<unknown>();
    channel.start.bindStore(storage, (event) => ({ event }));
    undo.push(() => channel.start.unbindStore(storage));
    let seen: unknown;
    const now = () => {
      seen = storage.getStore();
      return Date.now() / 1_000;
    };
    await verifyWorkosToken(sign(), { ...options, now });
    expect(seen).toEqual({ event: expect.objectContaining({ method: 'verifyWorkosToken' }) });
    await expectResults();
    expect(storage.getStore()).toBeUndefined();
  });

  it('that throws: the process hears of it as of any listener, the caller does not', async () => {
    const program = `
      import { tracingChannel } from 'node:diagnostics_channel';
      import { createWorkosVerifier } from 'verify-workos-token';
      const { verify, verifySync } = createWorkosVerifier(${JSON.stringify(options)});
      const thrown = [];
      process.on('uncaughtException', (error) => thrown.push(error.message));
      for (const name of ${JSON.stringify(NAMES)})
        tracingChannel('verify-workos-token.verify')[name].subscribe(() => { throw new Error(name); });
      const token = process.env.TOKEN;
      const results = [(await verify(token)).sub, verifySync(token).sub];
      results.push(await verify('x').catch(({ code }) => code));
      await new Promise(setImmediate);
      console.log(JSON.stringify([results, thrown.length]));`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', program],
      { cwd: root, env: { ...process.env, TOKEN: sign() } },
    );
    const results = ['user_1', 'user_1', 'MALFORMED_TOKEN'];
    expect(JSON.parse(stdout)).toEqual([results, 4 + 2 + 5]);
  });
});

it.each([
  ['without the module', 'undefined', 0],
  ['whose channels lack stores', '{ channel: (name) => ({ hasSubscribers: true, publish }) }', 4],
  [
    'whose channels let errors through',
    '{ channel: () => ({ hasSubscribers: true, publish: fail, runStores: fail }) }',
    0,
  ],
])('a runtime %s verifies all the same', async (_, module, expected) => {
  const program = `
    const published = [];
    const publish = (event) => published.push(event);
    const fail = () => { throw new Error('a listener'); };
    const getBuiltinModule = process.getBuiltinModule;
    process.getBuiltinModule = (name) =>
      name === 'node:diagnostics_channel' ? ${module} : getBuiltinModule(name);
    const { verifyWorkosToken } = await import('verify-workos-token');
    const { sub } = await verifyWorkosToken(process.env.TOKEN, ${JSON.stringify(options)});
    console.log(JSON.stringify([sub, published.length, published[0]?.outcome ?? null]));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', program],
    { cwd: root, env: { ...process.env, TOKEN: sign() } },
  );
  const outcome = expected === 0 ? null : 'accepted';
  expect(JSON.parse(stdout)).toEqual(['user_1', expected, outcome]);
});

it('nothing of an event depends on a prototype that others pollute', async () => {
  const names = ['outcome', 'code', 'source', 'error', 'value', 'set', 'get'];
  const polluted = Object.prototype as Record<string, unknown>;
  const { published } = listen('verify', ['asyncEnd']);
  for (const name of names) polluted[name] = undefined;
  try {
    await verifyWorkosToken(sign(), options);
  } finally {
    for (const name of names) delete polluted[name];
  }
  expect(published[0]?.event).toMatchObject({ outcome: 'accepted', source: 'fixed' });
});

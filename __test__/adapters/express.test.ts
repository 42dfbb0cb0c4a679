// The middleware over bare node:http; real Express servers are in integration/.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { WorkosTokenError } from 'verify-workos-token';
import { requireWorkosToken, type WorkosAuth } from 'verify-workos-token/express';
import { claims, createSigner } from '../support/jws.js';
import { overSocket, sendJson } from '../support/requests.js';

const signer = createSigner();
const token = signer.sign();
/** With what the options of a test have the middleware set. */
type GuardedRequest = IncomingMessage & { workos: WorkosAuth; user: WorkosAuth };

/** Sends a good token through the middleware, to what comes after it. */
function send(
  options: object,
  after: (req: GuardedRequest, res: ServerResponse, error?: unknown) => unknown,
  authorization = [`Bearer ${token}`],
) {
  const middleware = requireWorkosToken({ ...signer.options, ...options });
  return overSocket(
    (req, res) => middleware(req, res, (error) => void after(req as GuardedRequest, res, error)),
    authorization,
  );
}

describe('requireWorkosToken', () => {
  it('sets req.workos, frozen', async () => {
    const { body } = await send({}, (req, res) =>
      sendJson(res, [Object.keys(req.workos), req.workos.claims.sub, Object.isFrozen(req.workos)]),
    );
    expect(body).toEqual([['claims', 'token'], claims().sub, true]);
  });

  it('sets another property where one is named, and then not that one', async () => {
    const { body } = await send({ property: 'user' }, (req, res) =>
      sendJson(res, [req.user.token === token, 'workos' in req, 'auth' in req]),
    );
    expect(body).toEqual([true, false, false]);
  });

  it('sets nothing where optional let a request through', async () => {
    const after = (req: GuardedRequest, res: ServerResponse) => sendJson(res, 'workos' in req);
    expect(await send({ optional: true }, after, [])).toMatchObject({ status: 200, body: false });
  });

  it('reads what middleware before it wrote into the header', async () => {
    const middleware = requireWorkosToken(signer.options);
    const { body } = await overSocket((req, res) => {
      req.headers.authorization = `Bearer ${token}`;
      return middleware(req, res, () => sendJson(res, 'let through'));
    }, []);
    expect(body).toBe('let through');
  });

  it('throws at once for a mistake in the options', () => {
    expect(() => requireWorkosToken({ clientId: '' })).toThrow(WorkosTokenError);
    expect(() => requireWorkosToken({ jwks: signer.jwks })).toThrow(/WORKOS_CLIENT_ID/);
  });

  it.each([[''], ['__proto__'], ['constructor'], ['a b'], ['1a'], [5], [null], ['a-b']])(
    'refuses %j as a property',
    (property) => {
      const options = { ...signer.options, property } as never;
      expect(() => requireWorkosToken(options)).toThrow(/the option "property" must be/);
    },
  );

  it('is not changed by options that change later', async () => {
    const options = { ...signer.options, permissions: ['a'] };
    const middleware = requireWorkosToken(options);
    options.permissions.length = 0;
    const next = vi.fn();
    const { status } = await overSocket(
      (req, res) => middleware(req, res, next),
      [`Bearer ${token}`],
    );
    expect(status).toBe(403);
    expect(next).not.toHaveBeenCalled();
  });
});

describe('what is no refusal goes to next', () => {
  it.each<[string, object]>([
    ['what getToken throws', { getToken: () => Promise.reject(new Error('no session store')) }],
    ['a mistake that shows with the request', { now: () => Number.NaN }],
    [
      'what onError throws',
      {
        permissions: ['a'],
        onError: () => {
          throw new Error('no view');
        },
      },
    ],
    [
      'what onError rejects with',
      { permissions: ['a'], onError: async () => Promise.reject('no') },
    ],
    [
      'what onError hands on',
      {
        permissions: ['a'],
        onError: (error: unknown, _req: unknown, _res: unknown, next: (error: unknown) => void) =>
          next(error),
      },
    ],
  ])('%s', async (_name, options) => {
    const { body } = await send(options, (req, res, error) =>
      sendJson(res, [error !== undefined, 'workos' in req]),
    );
    expect(body).toEqual([true, false]);
  });

  // Connect and Express take these for leave to go on.
  it.each([[undefined], [null], [0], [''], [false], ['route'], ['router']])(
    '%j, as an error, from getToken and from onError',
    async (thrown) => {
      const after = (req: GuardedRequest, res: ServerResponse, error?: unknown) =>
        sendJson(res, [error instanceof Error, 'workos' in req]);
      for (const options of [
        { getToken: () => Promise.reject(thrown) },
        {
          getToken: () => {
            throw thrown;
          },
        },
        { permissions: ['a'], onError: () => Promise.reject(thrown) },
        {
          permissions: ['a'],
          onError: () => {
            throw thrown;
          },
        },
      ]) {
        expect((await send(options, after)).body).toEqual([true, false]);
      }
    },
  );

  it('a property that cannot be set, and an answer that cannot be written', async () => {
    const errors: unknown[] = [];
    const next = (error?: unknown) => void errors.push(error);
    const middleware = requireWorkosToken(signer.options);
    const good = { headers: { authorization: `Bearer ${token}` } };
    await middleware(Object.freeze(good) as never, {} as never, next);
    await middleware({ headers: {} } as never, {} as never, next);
    expect(errors).toEqual([expect.any(TypeError), expect.any(TypeError)]);
  });

  it('a refusal of a request whose answer was begun', async () => {
    const middleware = requireWorkosToken(signer.options);
    const next = vi.fn((error?: unknown) => error);
    const { body } = await overSocket(
      async (req, res) => {
        res.writeHead(200, { 'content-type': 'application/json' }).write('"begun');
        await middleware(req, res, next);
        res.end('"');
      },
      ['Bearer x'],
    );
    expect(body).toBe('begun');
    expect(next).toHaveBeenCalledExactlyOnceWith(expect.any(WorkosTokenError));
  });

  it('nothing that comes after, whose errors are others’', async () => {
    const onError = vi.fn();
    const thrown = new Error('a later handler');
    const answering = overSocket(
      (req, res) => {
        const middleware = requireWorkosToken({ ...signer.options, onError });
        return middleware(req, res, () => {
          throw thrown;
        });
      },
      [`Bearer ${token}`],
    );
    await expect(answering).rejects.toBe(thrown);
    expect(onError).not.toHaveBeenCalled();
  });
});

it('onError can answer by itself', async () => {
  const onError = (error: WorkosTokenError, _req: IncomingMessage, res: ServerResponse) =>
    sendJson(res, [error.code, error.hint.length > 0]);
  const next = vi.fn();
  expect((await send({ onError }, next, ['Bearer x'])).body).toEqual(['MALFORMED_TOKEN', true]);
  expect(next).not.toHaveBeenCalled();
});

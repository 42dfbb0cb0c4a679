import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { verifyWorkosToken, WorkosTokenError } from 'verify-workos-token';
import { withWorkosToken } from 'verify-workos-token/next';
import { claims, createSigner } from '../support/jws.js';
import { overSocket, sendJson } from '../support/requests.js';

const signer = createSigner();
const token = signer.sign();
const request = (authorization = `Bearer ${token}`) =>
  new Request('http://localhost/', { headers: { authorization } });
const noCredentials = new Request('http://localhost/');

describe('a route handler of the App Router', () => {
  it('receives the identity beside its context, and in it', async () => {
    const params = Promise.resolve({ id: 'post_1' });
    const handler = vi.fn(async () => new Response());
    await withWorkosToken(handler, signer.options)(request(), { params });
    const identity = { claims: expect.objectContaining({ sub: claims().sub }), token };
    expect(handler).toHaveBeenCalledWith(expect.any(Request), { params, ...identity }, identity);
  });

  it('runs without a context too', async () => {
    const handler = withWorkosToken(
      (_request, { claims }) => Response.json(claims.sub),
      signer.options,
    );
    expect(await (await handler(request())).json()).toBe(claims().sub);
  });

  it('keeps an event of proxy.ts what it is', async () => {
    class FetchEvent {
      waitUntil() {}
    }
    const event = new FetchEvent();
    const handler = vi.fn(async () => new Response());
    await withWorkosToken<FetchEvent>(handler, signer.options)(request(), event);
    expect((handler.mock.calls as unknown[][])[0]?.[1]).toBe(event);
  });

  it('does not change the context that it was given', async () => {
    const context = Object.freeze({ params: Promise.resolve({}) });
    await withWorkosToken(() => new Response(), signer.options)(request(), context);
    expect(Object.keys(context)).toEqual(['params']);
  });

  it('is not reached by a request that is refused', async () => {
    const handler = vi.fn(() => new Response());
    const response = await withWorkosToken(handler, signer.options)(request('Bearer x'));
    expect(response.status).toBe(401);
    expect(handler).not.toHaveBeenCalled();
  });

  it('receives null for both where optional let a request through', async () => {
    const handler = vi.fn(() => new Response());
    await withWorkosToken(handler, { ...signer.options, optional: true })(noCredentials);
    const nobody = { claims: null, token: null };
    expect(handler).toHaveBeenCalledWith(noCredentials, nobody, nobody);
  });

  it('is answered for where it throws our error', async () => {
    const response = await withWorkosToken(async (_request, _context, auth) => {
      await verifyWorkosToken(auth.token, { ...signer.options, permissions: ['a'] });
      return new Response();
    }, signer.options)(request());
    expect(response.status).toBe(403);
  });

  it('has other errors thrown on', async () => {
    const thrown = new Error('the database is gone');
    const handler = withWorkosToken(() => {
      throw thrown;
    }, signer.options);
    await expect(handler(request())).rejects.toBe(thrown);
  });
});

describe('the options of withWorkosToken', () => {
  it('may be wrong until a request comes, and are then thrown for Next to log', async () => {
    const handler = withWorkosToken(() => new Response(), { clientId: '' });
    await expect(handler(request())).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
  });

  it('are read after the headers, by whose reading `next build` knows a dynamic route', async () => {
    const dynamic = new Error('what Next throws while it prerenders');
    const request = Object.defineProperty(new Request('http://localhost/'), 'headers', {
      get() {
        throw dynamic;
      },
    });
    const handler = withWorkosToken(() => new Response(), { clockToleranceSeconds: 301 });
    await expect(handler(request, { params: Promise.resolve({}) })).rejects.toBe(dynamic);
  });

  it('read the environment at each request', async () => {
    const handler = withWorkosToken(() => new Response(), { jwks: signer.jwks });
    await expect(handler(request())).rejects.toThrow(/WORKOS_CLIENT_ID/);
    vi.stubEnv('WORKOS_CLIENT_ID', signer.options.clientId);
    try {
      expect((await handler(request())).status).toBe(200);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it.each([[undefined], [null], ['handler'], [{}]])('refuse %j as a handler', (odd) => {
    expect(() => withWorkosToken(odd as never)).toThrow(/takes a route handler/);
  });

  it.each([['getToken'], ['optional'], ['onError']])('refuse a %s of text, at once', (option) => {
    const options = { ...signer.options, [option]: 'x' };
    expect(() => withWorkosToken(() => new Response(), options as never)).toThrow(
      `the option "${option}" must be`,
    );
  });

  it('can answer by onError', async () => {
    const onError = vi.fn(() => new Response('sign in', { status: 302 }));
    const refused = request('Bearer x');
    const handler = withWorkosToken(() => new Response(), { ...signer.options, onError });
    expect((await handler(refused)).status).toBe(302);
    expect(onError.mock.calls).toEqual([[expect.any(WorkosTokenError), refused]]);
  });

  it('give mistakes to onError too', async () => {
    const onError = vi.fn(() => new Response());
    await withWorkosToken(() => new Response(), { clientId: '', onError })(request());
    expect(onError).toHaveBeenCalledWith(
      expect.objectContaining({ code: 'INVALID_OPTIONS' }),
      expect.any(Request),
    );
  });

  it('give no other error to onError', async () => {
    const onError = vi.fn(() => new Response());
    const thrown = new Error('x');
    const handler = withWorkosToken(
      () => {
        throw thrown;
      },
      { ...signer.options, onError },
    );
    await expect(handler(request())).rejects.toBe(thrown);
    expect(onError).not.toHaveBeenCalled();
  });
});

describe('a Pages API route', () => {
  const route = (
    handler: (req: IncomingMessage, res: ServerResponse, auth: { token: string }) => unknown,
    options = {},
  ) => withWorkosToken(handler, { ...signer.options, ...options });

  it('receives the response as it is, and the identity third', async () => {
    const handler = route((_req, res, auth) => sendJson(res, [auth.token, typeof res.setHeader]));
    const { body } = await overSocket(handler, [`Bearer ${token}`]);
    expect(body).toEqual([token, 'function']);
  });

  it('is answered for where it throws our error', async () => {
    const handler = route((_req, _res, auth) =>
      verifyWorkosToken(auth.token, { ...signer.options, permissions: ['a'] }),
    );
    const { status, body } = await overSocket(handler, [`Bearer ${token}`]);
    expect([status, body]).toEqual([
      403,
      { error: 'insufficient_scope', code: 'MISSING_PERMISSION' },
    ]);
  });

  it('has our error thrown on where its answer was begun', async () => {
    const handler = route((_req, res) => {
      res.writeHead(200).flushHeaders();
      return verifyWorkosToken('x', signer.options);
    });
    await expect(overSocket(handler, [`Bearer ${token}`])).rejects.toMatchObject({
      code: 'MALFORMED_TOKEN',
    });
  });

  it('can answer by onError', async () => {
    const onError = (error: WorkosTokenError, _req: IncomingMessage, res: ServerResponse) =>
      sendJson(res, error.code);
    const { status, body } = await overSocket(
      route(() => {}, { onError }),
      ['Bearer x'],
    );
    expect([status, body]).toEqual([200, 'MALFORMED_TOKEN']);
  });
});

// Headers that are none: a mistake of the developer's, and never a request without credentials.
import { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { requireWorkosToken } from 'verify-workos-token/express';
import { withWorkosToken } from 'verify-workos-token/next';
import { authenticateRequest } from 'verify-workos-token/web';
import { claims, createSigner } from '../support/jws.js';

const signer = createSigner();
const bearer = `Bearer ${signer.sign()}`;
const sub = claims().sub;

/** Lets something that stands for a request through each adapter: the user, `null`, or what is thrown. */
const THROUGH: Record<string, (request: unknown, options: object) => Promise<unknown>> = {
  web: async (request, options) => {
    const identity = await authenticateRequest(request as Request, options);
    return identity?.claims.sub ?? null;
  },
  'next, App Router': async (request, options) => {
    const route = withWorkosToken(
      (_request, { claims }) => Response.json(claims?.sub ?? null),
      options,
    );
    const response = await route(request as Request);
    if (!response.ok) throw await response.json();
    return await response.json();
  },
  'next, Pages': async (request, options) => {
    const response = new ServerResponse({ method: 'GET' } as never);
    const route = withWorkosToken(
      (_req: never, _res: ServerResponse, auth) => auth.claims,
      options,
    );
    let body = '';
    response.end = ((text: string) => {
      body = text;
    }) as never;
    const claims = (await route(request as never, response)) as { sub: string } | null | undefined;
    if (body !== '') throw JSON.parse(body);
    return claims?.sub ?? null;
  },
  express: async (request, options) => {
    const response = new ServerResponse({ method: 'GET' } as never);
    let outcome: unknown = null;
    response.end = ((text: string) => {
      outcome = JSON.parse(text);
    }) as never;
    await requireWorkosToken(options)(request as never, response, (error) => {
      outcome = error ?? (request as { workos?: { claims: object } }).workos?.claims ?? null;
    });
    if ((outcome as { code?: string } | null)?.code) throw outcome;
    return (outcome as { sub: string } | null)?.sub ?? null;
  },
};

/** As Next 15 hands out: a promise that has the methods of headers for a while yet. */
function promiseWithMethods(headers: Headers): Promise<Headers> {
  return Object.assign(Promise.resolve(headers), { get: headers.get.bind(headers) });
}

const PAIR = { key: 'Authorization', value: bearer };

const FOREIGN: [string, unknown, RegExp][] = [
  ['a promise', Promise.resolve(new Headers({ authorization: bearer })), /not a promise$/],
  [
    'a promise with methods',
    promiseWithMethods(new Headers({ authorization: bearer })),
    /not a promise$/,
  ],
  ['API Gateway’s', { Authorization: bearer, Host: 'a.example' }, /names in capital letters$/],
  ['API Gateway’s without credentials', { Host: 'a.example', accept: '*/*' }, /capital letters$/],
  ['all capitals', { AUTHORIZATION: bearer }, /names in capital letters$/],
  ['two spellings', { authorization: bearer, Authorization: bearer }, /capital letters$/],
  ['CloudFront’s', { authorization: [PAIR] }, /values are objects$/],
  ['CloudFront’s without credentials', { host: [{ key: 'Host', value: 'a' }] }, /are objects$/],
  ['a value that is a promise', { authorization: Promise.resolve(bearer) }, /is a promise$/],
  ['a value that is an object', { authorization: { value: bearer } }, /is an object$/],
  ['a value that is a number', { authorization: 5 }, /is a number$/],
  ['pairs', [['authorization', bearer]], /not an array$/],
  ['raw headers', ['Authorization', bearer], /not an array$/],
  ['an empty array', [], /not an empty array$/],
  ['a map', new Map([['authorization', bearer]]), /not a Map$/],
  ['a map in capitals', new Map([['Authorization', bearer]]), /not a Map$/],
  ['an empty map', new Map(), /not a Map$/],
  ['parameters', new URLSearchParams({ Authorization: bearer }), /not a URLSearchParams object$/],
  ['a string', `Authorization: ${bearer}`, /not a string$/],
  ['an empty string', '', /not an empty string$/],
  ['null', null, /not null$/],
  ['a number', 5, /not a number$/],
  ['a function', () => new Headers(), /not a function$/],
  [
    'an instance',
    new (class {
      readonly host = 'a.example';
    })(),
    /not an instance of a class$/,
  ],
  ['inherited', Object.create({ authorization: bearer }), /not an instance of a class$/],
  [
    'what tells letters apart',
    { get: (name: string) => (name === 'Authorization' ? bearer : null) },
    /tells "Authorization" from "authorization"$/,
  ],
  ['what gives promises', { get: async () => bearer }, /values are a promise$/],
];

const GENUINE: [string, unknown, unknown][] = [
  ['Headers', new Headers({ Authorization: bearer }), sub],
  ['Headers without credentials', new Headers(), null],
  [
    'something like them',
    { get: (name: string) => (/^authorization$/i.test(name) ? bearer : null) },
    sub,
  ],
  [
    'an instance like them',
    new (class {
      get = () => null;
    })(),
    null,
  ],
  ['Node’s', { authorization: bearer, host: 'a.example' }, sub],
  [
    'Node’s without a prototype',
    Object.assign(Object.create(null), { authorization: bearer }),
    sub,
  ],
  ['Node’s without credentials', { host: 'a.example', 'set-cookie': ['a', 'b'] }, null],
  ['none', {}, null],
  ['HTTP/2’s', Object.assign(Object.create(null), { ':method': 'GET', [Symbol('x')]: [] }), null],
  ['API Gateway’s of version 2', { authorization: bearer, 'x-amzn-trace-id': 'x' }, sub],
  ['one that is undefined', { authorization: undefined }, null],
  ['one that is null', { authorization: null }, null],
  ['a list of one', { authorization: [bearer] }, sub],
  ['a proxy', new Proxy({ authorization: bearer }, {}), sub],
];

describe.each(Object.entries(THROUGH))('%s', (_, through) => {
  describe.each([[true], [false]])('with optional: %s', (optional) => {
    const options = { ...signer.options, optional };

    it.each(FOREIGN)('refuses as headers: %s', async (_name, headers, message) => {
      const error = await through({ headers }, options).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'INVALID_OPTIONS', status: 500 });
      expect((error as Error).message).toMatch(message);
      expect((error as Error).message).not.toContain('eyJ');
      expect((error as { hint: string }).hint).toMatch(/\.$/);
    });

    it.each(GENUINE)('takes for headers: %s', async (_name, headers, expected) => {
      const outcome = through({ headers }, options);
      if (expected === null && !optional)
        await expect(outcome).rejects.toMatchObject({ code: 'MALFORMED_TOKEN' });
      else expect(await outcome).toBe(expected);
    });

    it.each<[string, unknown, RegExp]>([
      [
        'a promise of a request',
        Promise.resolve(new Request('http://localhost/')),
        /not a promise$/,
      ],
      ['headers themselves', new Headers({ authorization: bearer }), /not a Headers object$/],
      ['nothing', undefined, /not undefined$/],
      ['a string', bearer, /not a string$/],
      ['an object without any', {}, /not an object$/],
    ])('refuses as a request: %s', async (_name, request, message) => {
      const error = await through(request, options).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'INVALID_OPTIONS' });
      expect((error as Error).message).toMatch(message);
    });

    it('takes other names that a middleware has added to those of Node', async () => {
      const rawHeaders = ['Host', 'a.example'];
      const headers = { host: 'a.example', 'X-Request-Id': 'x' };
      for (const request of [
        { headers, rawHeaders },
        { headers, raw: { rawHeaders } },
      ]) {
        const outcome = await through(request, { ...options, optional: true });
        expect(outcome).toBe(null);
      }
    });

    it('takes a runtime’s own object of headers where the request is one of Node', async () => {
      class RuntimeHeaders {
        readonly host = 'a.example';
      }
      const request = { headers: new RuntimeHeaders(), rawHeaders: ['Host', 'a.example'] };
      expect(await through(request, { ...options, optional: true })).toBe(null);
      for (const headers of [Promise.resolve({}), new Date()]) {
        const foreign = through({ headers, rawHeaders: [] }, options);
        await expect(foreign).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
      }
    });

    it('refuses the name itself in other letters there too', async () => {
      const request = { headers: { Authorization: bearer }, rawHeaders: [] };
      await expect(through(request, options)).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
    });

    it('sees two headers where a framework keeps the request of Node', async () => {
      const rawHeaders = ['Authorization', bearer, 'authorization', 'Basic dXNlcjpwYXNz'];
      const headers = { authorization: bearer };
      for (const more of [{ rawHeaders }, { raw: { rawHeaders } }, { req: { rawHeaders } }])
        await expect(through({ headers, ...more }, options)).rejects.toMatchObject({
          code: 'MALFORMED_TOKEN',
        });
    });
  });
});

it('the hint for headers that were not awaited says so', async () => {
  const request = { headers: Promise.resolve(new Headers()) };
  await expect(authenticateRequest(request as never, signer.options)).rejects.toMatchObject({
    hint: 'Await them: `{ headers: await headers() }`.',
  });
});

// How every adapter reads `Authorization` and answers: RFC 6750.
import { describe, expect, it } from 'vitest';
import { claims, createSigner, forge } from '../support/jws.js';
import { ADAPTERS, type Answer } from '../support/requests.js';

import { splitOptions } from '../../lib/adapters/options.ts';

const signer = createSigner();
const token = signer.sign();
const sub = claims().sub;

/** Nothing listens there. */
const unreachable = { clientId: 'client_test', jwksUrl: 'http://127.0.0.1:1/jwks' };

const NO_CREDENTIALS = [401, 'Bearer', 'unauthorized', 'MALFORMED_TOKEN'];
const INVALID_REQUEST = [
  400,
  'Bearer error="invalid_request"',
  'invalid_request',
  'MALFORMED_TOKEN',
];
const invalidToken = (code: string) => [401, 'Bearer error="invalid_token"', 'invalid_token', code];
const forbidden = (code: string) => [
  403,
  'Bearer error="insufficient_scope"',
  'insufficient_scope',
  code,
];

const SIGN_IN_AGAIN = [
  401,
  'Bearer error="insufficient_user_authentication", max_age="0"',
  'insufficient_user_authentication',
  'REAUTHENTICATION_REQUIRED',
];

describe.each(Object.entries(ADAPTERS))('%s', (_, send) => {
  it.each([
    ['one space', `Bearer ${token}`],
    ['several spaces', `Bearer   ${token}`],
    ['lower case', `bearer ${token}`],
    ['upper case', `BEARER ${token}`],
    ['mixed case', `bEaReR ${token}`],
  ])('takes the token after %s', async (_name, header) => {
    expect(await send(signer.options, [header])).toMatchObject({
      status: 200,
      body: { sub, token },
    });
  });

  it.each<[string, string[]]>([
    ['no header', []],
    ['Basic', ['Basic dXNlcjpwYXNz']],
    ['Digest with parameters', ['Digest username="bearer", realm="x"']],
    ['a scheme that begins alike', [`BearerToken ${token}`]],
    ['a token without a scheme', [token]],
    ['a no-break space before the scheme', [`\xa0Bearer ${token}`]],
  ])('asks for credentials where there are none: %s', async (_name, headers) => {
    await expectRefusal(send(signer.options, headers), NO_CREDENTIALS);
  });

  it.each<[string, string[]]>([
    ['an empty header', ['']],
    ['the scheme alone', ['Bearer']],
    ['two tokens', [`Bearer ${token} ${token}`]],
    ['two credentials in one header', [`Bearer ${token}, Bearer ${token}`]],
    ['two credentials in two headers', [`Bearer ${token}`, `Bearer ${token}`]],
    ['two in two headers, one of another scheme', ['Basic dXNlcjpwYXNz', `Bearer ${token}`]],
    ['the same, the other way round', [`Bearer ${token}`, 'Basic dXNlcjpwYXNz']],
    ['another scheme before it in one header', [`Basic dXNlcjpwYXNz, Bearer ${token}`]],
    ['a list without spaces', [`Basic dXNlcjpwYXNz,Bearer ${token}`]],
    ['a tab after the scheme', [`Bearer\t${token}`]],
    ['a character that no b64token has', [`Bearer "${token}"`]],
    ['a token of padding', ['Bearer ==']],
    ['padding within', ['Bearer a=b']],
    ['a comma after it', [`Bearer ${token},`]],
    ['a no-break space after it', [`Bearer ${token}\xa0`]],
  ])('refuses as malformed: %s', async (_name, headers) => {
    await expectRefusal(send(signer.options, headers), INVALID_REQUEST);
  });

  it.each<[string, string, object, unknown[]]>([
    ['a bad form', 'x', {}, invalidToken('MALFORMED_TOKEN')],
    ['a forged signature', forge(signer.kid), {}, invalidToken('INVALID_SIGNATURE')],
    ['an expired token', signer.sign(claims({ exp: 1 })), {}, invalidToken('TOKEN_EXPIRED')],
    ['no audience', signer.sign(claims({ aud: undefined })), {}, invalidToken('INVALID_AUDIENCE')],
    ['a permission', token, { permissions: ['a'] }, forbidden('MISSING_PERMISSION')],
    ['an entitlement', token, { entitlements: ['a'] }, forbidden('MISSING_PERMISSION')],
    ['a feature flag', token, { featureFlags: ['a'] }, forbidden('MISSING_PERMISSION')],
    ['an old sign-in', token, { maxAuthAgeSeconds: 0 }, SIGN_IN_AGAIN],
    ['an organization', token, { organizationId: 'o' }, forbidden('FORBIDDEN_ORGANIZATION')],
  ])('answers to %s', async (_name, credentials, options, answer) => {
    await expectRefusal(send({ ...signer.options, ...options }, [`Bearer ${credentials}`]), answer);
  });

  it('asks to come back when the keys can’t be had', async () => {
    const answer = await send(unreachable, [`Bearer ${token}`]);
    expect(answer).toMatchObject({
      status: 503,
      body: { error: 'temporarily_unavailable', code: 'JWKS_FETCH_FAILED' },
    });
    expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    expect(answer.headers).not.toHaveProperty('www-authenticate');
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  describe('with optional: true', () => {
    const optional = { ...signer.options, optional: true };

    it.each<[string, string[]]>([
      ['no header', []],
      ['Basic', ['Basic dXNlcjpwYXNz']],
    ])('lets a request without credentials through: %s', async (_name, headers) => {
      expect(await send(optional, headers)).toMatchObject({
        status: 200,
        body: { sub: null, token: null },
      });
    });

    it('knows who sent one with a token', async () => {
      expect(await send(optional, [`Bearer ${token}`])).toMatchObject({ body: { sub, token } });
    });

    it.each<[string, string[], unknown[]]>([
      ['a bad token', ['Bearer x'], invalidToken('MALFORMED_TOKEN')],
      ['a forged one', [`Bearer ${forge(signer.kid)}`], invalidToken('INVALID_SIGNATURE')],
      ['a malformed header', ['Bearer'], INVALID_REQUEST],
      ['two credentials', [`Bearer ${token}`, `Bearer ${token}`], INVALID_REQUEST],
    ])('refuses %s', async (_name, headers, answer) => {
      await expectRefusal(send(optional, headers), answer);
    });
  });

  describe('with getToken', () => {
    it('looks there, and not at the header', async () => {
      const options = { ...signer.options, getToken: ({ headers }: Request) => cookieOf(headers) };
      expect(await send(options, ['Bearer x'], { cookie: token })).toMatchObject({ body: { sub } });
      await expectRefusal(send(options, [`Bearer ${token}`]), NO_CREDENTIALS);
    });

    it.each([[undefined], [null], [''], [Promise.resolve(undefined)]])(
      'takes %s for no token',
      async (nothing) => {
        const options = { ...signer.options, getToken: () => nothing };
        await expectRefusal(send(options, []), NO_CREDENTIALS);
        expect(await send({ ...options, optional: true }, [])).toMatchObject({ status: 200 });
      },
    );

    it('takes what it promises', async () => {
      const options = { ...signer.options, getToken: async () => token };
      expect(await send(options, [])).toMatchObject({ body: { sub, token } });
    });

    it.each([[42], [{}], [['a']], [true], [`Bearer ${token}`]])(
      'refuses %s as a token',
      async (odd) => {
        const options = { ...signer.options, getToken: () => odd };
        await expectRefusal(send(options, []), invalidToken('MALFORMED_TOKEN'));
      },
    );
  });

  it.each([
    ['getToken', 'x'],
    ['getToken', null],
    ['optional', 'true'],
    ['optional', 1],
  ])('refuses the option %s: %j', async (option, value) => {
    const error = await optionsError(() => send({ ...signer.options, [option]: value }, []));
    expect(error).toMatch(/INVALID_OPTIONS|the option "(getToken|optional)" must be/);
  });

  it.each([
    ['gettoken', 'getToken'],
    ['OPTIONAL', 'optional'],
    ['clientID', 'clientId'],
  ])('asks whether %s is meant to be %s', async (misspelt, name) => {
    const options = { ...signer.options, [misspelt]: true };
    expect(() => splitOptions(options)).toThrow(
      expect.objectContaining({ hint: `Did you mean "${name}"?` }),
    );
  });

  it('tells of a mistake in the options without a token too', async () => {
    const wrong = { ...signer.options, clockToleranceSeconds: -1 };
    expect(await optionsError(() => send(wrong, []))).toMatch(/option/i);
  });

  it.each([
    ['a promise', Promise.resolve(signer.options)],
    ['a map', new Map()],
    ['a list', []],
    ['null', null],
    ['text', 'client_test'],
    ['inherited options', Object.create({ ...signer.options, optional: true })],
    ['a misspelt option', { ...signer.options, Optional: true }],
    ['another adapter’s', { ...signer.options, onerror: () => {} }],
  ])('refuses %s as options', async (_name, options) => {
    expect(await optionsError(() => send(options, [`Bearer ${token}`]))).toMatch(/option/i);
  });
});

function cookieOf(headers: unknown): string | undefined {
  return headers instanceof Headers
    ? (headers.get('cookie') ?? undefined)
    : (headers as { cookie?: string }).cookie;
}

async function expectRefusal(answering: Promise<Answer>, expected: unknown[]): Promise<void> {
  const { status, headers, body } = await answering;
  const { error, code, ...more } = body as { error: string; code: string };
  expect([status, headers['www-authenticate'], error, code]).toEqual(expected);
  expect(more).toEqual({});
  expect(headers['cache-control']).toBe('no-store');
  expect(headers['content-type']).toBe('application/json');
}

/** The mistake as it is told: thrown at once, or answered with 500 by a handler that is a server's. */
async function optionsError(send: () => Promise<Answer>): Promise<string> {
  try {
    const { status, body } = await send();
    expect(status).toBe(500);
    return JSON.stringify(body);
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_OPTIONS', status: 500 });
    return (error as Error).message;
  }
}

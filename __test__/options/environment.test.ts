// Variables of the environment, and client ids, as people mistype them: each is told for what it is.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CLIENT_ID } from '../support/jws.js';
import { isAccepted, optionsRefusal, signer } from '../support/options.js';
import { expectNone, textOf } from '../support/refusal.js';

beforeEach(() => {
  for (const name of ['API_HOSTNAME', 'API_PORT', 'API_HTTPS']) {
    vi.stubEnv(`WORKOS_${name}`, undefined);
  }
  vi.stubEnv('WORKOS_CLIENT_ID', CLIENT_ID);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** What a variable is refused with, and never repeated in. */
async function refusalOf(name: string, value: string) {
  vi.stubEnv(name, value);
  const error = await optionsRefusal({ jwks: signer.jwks });
  expectNone(textOf(error), { secret: 'SECRET' });
  expect(error.message).toMatch(new RegExp(`^the variable ${name} must be `));
  expect(error.hint).toContain(`Correct ${name} in the environment.`);
  return error;
}

describe('WORKOS_API_HOSTNAME is a bare host', () => {
  it.each([
    'auth.example',
    'AUTH.example.com',
    'localhost',
    '127.0.0.1',
    '[::1]',
    'my_host',
    'bücher.example',
    'auth.example.',
    '',
  ])('%j', (host) => {
    vi.stubEnv('WORKOS_API_HOSTNAME', host);
    isAccepted({ jwks: signer.jwks });
  });

  it.each([
    ['https://SECRET.example', 'a URL with a scheme', /Leave the scheme out/],
    ['http://SECRET.example:80/', 'a URL with a scheme', /WORKOS_API_HTTPS/],
    ['HTTPS://SECRET.example', 'a URL with a scheme', /Leave the scheme out/],
    ['"https://SECRET.example"', 'a URL with a scheme', /Leave the scheme out/],
    ['"SECRET.example"', 'a text in quotes', /Remove the quotes/],
    ["'SECRET.example'", 'a text in quotes', /Remove the quotes/],
    ['SECRET.example"', 'a text in quotes', /Remove the quotes/],
    ['SECRET.example/', 'a host with a path', /from the slash on/],
    ['SECRET.example/sso', 'a host with a path', /from the slash on/],
    ['SECRET.example\\x', 'a host with a path', /from the slash on/],
    ['SECRET.example?x', 'a host with a query or fragment', /from "\?" or "#" on/],
    ['SECRET.example#x', 'a host with a query or fragment', /from "\?" or "#" on/],
    ['user:SECRET@auth.example', 'a host with credentials', /user name and the password/],
    ['SECRET.example:8443', 'a host with a port', /WORKOS_API_PORT/],
    ['SECRET.example:', 'a host with a port', /WORKOS_API_PORT/],
    ['[::1]:4100', 'a host with a port', /WORKOS_API_PORT/],
    ['::1', 'an IPv6 address without brackets', /./],
    [' SECRET.example', 'a text with white space', /space or line break/],
    ['SECRET.example\n', 'a text with white space', /space or line break/],
    ['SECRET example', 'a text with white space', /space or line break/],
    ['  ', 'white space alone', /where the value comes from/],
    ['undefined', 'the word "undefined"', /not set/],
    ['null', 'the word "null"', /null/],
    ['<SECRET>', 'a placeholder', /placeholder/],
    ['$' + '{SECRET}', 'a placeholder', /placeholder/],
    ['SECRET%2Eexample', 'a text of another form', /./],
    ['SECRET..example..', 'a text of another form', /./],
    ['999.999.999.999', 'a text of another form', /./],
  ])('and not %j: %s', async (host, kind, hint) => {
    const error = await refusalOf('WORKOS_API_HOSTNAME', host);
    expect(error.message).toBe(
      `the variable WORKOS_API_HOSTNAME must be a bare host name, not ${kind}`,
    );
    expect(error.hint).toMatch(hint);
  });
});

describe('WORKOS_API_PORT is a port in digits', () => {
  it.each(['1', '443', '4100', '65535', ''])('%j', (port) => {
    vi.stubEnv('WORKOS_API_PORT', port);
    isAccepted({ jwks: signer.jwks });
  });

  it.each([
    ['0', 'a number out of range'],
    ['65536', 'a number out of range'],
    ['999999999999999999999', 'a number out of range'],
    ['-1', 'another text'],
    ['80.5', 'another text'],
    ['1e3', 'another text'],
    ['0x50', 'another text'],
    [':80', 'another text'],
    ['SECRET', 'another text'],
    ['"443"', 'a text in quotes'],
    ['443 ', 'a text with white space'],
    ['undefined', 'the word "undefined"'],
  ])('and not %j: %s', async (port, kind) => {
    const { message } = await refusalOf('WORKOS_API_PORT', port);
    expect(message).toBe(
      `the variable WORKOS_API_PORT must be a port from 1 to 65535, in digits, not ${kind}`,
    );
  });
});

describe('WORKOS_API_HTTPS is "true" or "false"', () => {
  it.each(['true', 'false', ''])('%j', (https) => {
    vi.stubEnv('WORKOS_API_HTTPS', https);
    isAccepted({ jwks: signer.jwks });
  });

  it.each([
    ['True', 'another text'],
    ['FALSE', 'another text'],
    ['0', 'another text'],
    ['1', 'another text'],
    ['no', 'another text'],
    ['https', 'another text'],
    ['false ', 'a text with white space'],
    ['"false"', 'a text in quotes'],
    ['undefined', 'the word "undefined"'],
  ])('and not %j: %s', async (https, kind) => {
    const { message } = await refusalOf('WORKOS_API_HTTPS', https);
    expect(message).toMatch(/^the variable WORKOS_API_HTTPS must be "true" or "false"/);
    expect(message).toMatch(new RegExp(`, not ${kind}$`));
  });
});

it('keys from http are refused for the variable that asks for it, not for an option', async () => {
  vi.stubEnv('WORKOS_API_HOSTNAME', 'emulator');
  vi.stubEnv('WORKOS_API_HTTPS', 'false');
  expect((await optionsRefusal({})).message).toMatch(
    /derived from the WORKOS_API_\.\.\. variables/,
  );
  const workos = { clientId: CLIENT_ID, baseURL: 'http://emulator' };
  expect((await optionsRefusal({ workos })).message).toMatch(/derived from "workos\.baseURL"/);
});

describe('a client id that is none is told for what it is', () => {
  it.each([
    ['undefined', 'the word "undefined"', /not set/],
    ['null', 'the word "null"', /null/],
    ['"client_SECRET"', 'a text in quotes', /quotes/],
    ["'client_SECRET'", 'a text in quotes', /quotes/],
    ['`client_SECRET`', 'a text in quotes', /quotes/],
    ['client_SECRET"', 'a text in quotes', /quotes/],
    [' client_SECRET', 'a text with white space', /space or line break/],
    ['client_SECRET\n', 'a text with white space', /space or line break/],
    ['client_SECRET\r', 'a text with white space', /space or line break/],
    ['client_SECRET\u00a0', 'a text with white space', /space or line break/],
    [' ', 'white space alone', /where the value comes from/],
    ['sk_live_SECRET', 'an API key', /is a secret/],
    ['"sk_test_SECRET"', 'an API key', /is a secret/],
    ['client_...', 'a placeholder', /placeholder/],
    ['<your client id>', 'a placeholder|a text with white space', /placeholder|space/],
    ['<YOUR_CLIENT_ID>', 'a placeholder', /placeholder/],
    ['{clientId}', 'a placeholder', /placeholder/],
    ['$WORKOS_CLIENT_ID', 'a placeholder', /placeholder/],
    ['YOUR_CLIENT_ID', 'a placeholder', /dashboard/],
    ['your-client-id', 'a placeholder', /dashboard/],
    ['client_your_client_id_here', 'a placeholder', /dashboard/],
    ['client_id', 'a placeholder', /dashboard/],
    ['client_xxxxxxxx', 'a placeholder', /dashboard/],
    ['client/SECRET', 'a string of another form', /./],
  ])('%j: %s', async (clientId, kind, hint) => {
    const given = [{ clientId }, { workos: { clientId, baseURL: 'https://api.workos.com' } }];
    for (const options of given) {
      const error = await optionsRefusal({ jwks: signer.jwks, ...options });
      expectNone(textOf(error), { secret: 'SECRET' });
      expect(error.message).toMatch(
        new RegExp(`clientId" must be a WorkOS client id \\(client_\\.\\.\\.\\), not (${kind})$`),
      );
      expect(error.hint).toMatch(hint);
    }
    const { message } = await refusalOf('WORKOS_CLIENT_ID', clientId);
    expect(message).toMatch(new RegExp(`, not (${kind})$`));
  });

  it.each([
    'client_01HXYZ',
    'client_test',
    'project_01',
    'client_A',
    'client_nullable',
    'undefinedx',
  ])('one that only looks like that is taken: %s', (clientId) => {
    isAccepted({ clientId, jwks: signer.jwks });
  });
});

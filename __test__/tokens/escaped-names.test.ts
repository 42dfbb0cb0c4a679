// Claims whose names are written with escapes. V8 13.6 can read such a name as another one
// (nodejs/node issue 63785), so that none may reach its reader; the integration tests show the
// effect on Node 24.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createWorkosVerifier, verifyWorkosToken } from 'verify-workos-token';
import { claims, createSigner } from '../support/jws.js';
import { refusal } from '../support/refusal.js';

const signer = createSigner();
const usual = JSON.stringify(claims()).slice(1, -1);

/** Members of a payload, in the spelling of the text. */
const MEMBERS: [string, string][] = [
  ['an escape that is not needed', String.raw`"\u0072ole":"admin"`],
  ['escapes that are', String.raw`"a\"b":1,"a\\b":2,"a\nb":3,"\u0000":4,"":5`],
  ['a backslash before a quote', String.raw`"\\":0,"\"":1`],
  ['deep in arrays and objects', String.raw`"x":[{"y":{"\u007a":[[],{},null,-0,1e21,"\u0061"]}}]`],
  ['__proto__ and constructor', String.raw`"\u005f_proto__":{"a":1},"constructo\u0072":2`],
  ['numbers as names, which come first', String.raw`"b":1,"\u0032":2,"1":3`],
  ['beyond the basic plane', String.raw`"\ud83d\ude00":1,"😀2":2`],
  ['names that look like the tags', String.raw`"\u0061rray":["array"],"object":["object","a",1]`],
];

const ESCAPED_NAME = /\\[^"]*"\s*:/;

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(MEMBERS)('%s', (_, members) => {
  const text = `{${usual},${members}}`;
  const token = signer.sign(text);

  it('comes back as JSON.parse gives it, however often it is asked for', async () => {
    const expected = JSON.parse(text);
    const verifier = createWorkosVerifier(signer.options);
    const burst = Array.from({ length: 8 }, () => verifier.verify(token));
    const all = [verifier.verifySync(token), ...(await Promise.all(burst))];
    for (const found of [...all, await verifyWorkosToken(token, signer.options)]) {
      expect(found).toEqual(expected);
      expect(JSON.stringify(found)).toBe(JSON.stringify(expected));
      expect(Object.getOwnPropertyNames(found)).toEqual(Object.getOwnPropertyNames(expected));
      expect(isFrozen(found)).toBe(true);
    }
  });

  it('never reaches the reader of V8 as a name', async () => {
    const parse = vi.spyOn(JSON, 'parse');
    await verifyWorkosToken(token, signer.options);
    const call = () => verifyWorkosToken(token, { ...signer.options, audience: 'other' });
    const { expected, actual, claims: all } = await refusal(call);
    expect([expected, actual, all]).not.toContain(undefined);
    const texts = parse.mock.calls.map(([text]) => text);
    expect(texts.length).toBeGreaterThan(1);
    expect(texts.filter((text) => ESCAPED_NAME.test(text))).toEqual([]);
  });

  it('is in the claims of a refusal as well', async () => {
    const call = () => verifyWorkosToken(token, { ...signer.options, audience: 'other' });
    expect((await refusal(call)).claims).toEqual(JSON.parse(text));
  });
});

it('is in what a refusal shows of a claim', async () => {
  const act = String.raw`{"sub":"x","a\"b":[{"\\":1}]}`;
  const token = signer.sign(`{${usual},"act":${act}}`);
  const parse = vi.spyOn(JSON, 'parse');
  const error = await refusal(() =>
    verifyWorkosToken(token, { ...signer.options, impersonation: 'deny' }),
  );
  expect(parse.mock.calls.filter(([text]) => ESCAPED_NAME.test(text))).toEqual([]);
  expect(error.actual).toEqual(JSON.parse(act));
});

it('is checked like any other: an escaped claim is that claim', async () => {
  const without = JSON.stringify(claims({ aud: undefined })).slice(1, -1);
  const token = signer.sign(String.raw`{${without},"\u0061ud":"other"}`);
  expect((await refusal(() => verifyWorkosToken(token, signer.options))).code).toBe(
    'INVALID_AUDIENCE',
  );
});

function isFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozen);
}

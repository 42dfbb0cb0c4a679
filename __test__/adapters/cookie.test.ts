// One cookie of a header, as Node frameworks read it: compared with the parser that they use.
import { parse } from 'cookie';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { cookieIn } from '../../lib/adapters/cookie.ts';

const NAME = 'wos-session';

describe('a cookie', () => {
  it.each<[string, string, string | undefined]>([
    ['alone', 'wos-session=a', 'a'],
    ['among others', 'x=1; wos-session=a; y=2', 'a'],
    ['without a blank after the semicolon', 'x=1;wos-session=a', 'a'],
    ['with blanks and tabs around', ' \twos-session\t =  a \t;x=1', 'a'],
    ['twice: the first counts', 'wos-session=a; wos-session=b', 'a'],
    ['in quotes', 'wos-session="a b"', 'a b'],
    ['with one quote', 'wos-session="a', '"a'],
    ['that is one quote', 'wos-session="', ''],
    ['percent-encoded', 'wos-session=a%2Ab%7E', 'a*b~'],
    ['encoded twice: decoded once', 'wos-session=%2541', '%41'],
    ['that cannot be decoded', 'wos-session=%zz', '%zz'],
    ['with an equals sign', 'wos-session=a=b==', 'a=b=='],
    ['that is empty', 'wos-session=', ''],
    ['of another case', 'WOS-SESSION=a', undefined],
    ['whose name only ends so', 'x-wos-session=a', undefined],
    ['whose name only begins so', 'wos-session-2=a', undefined],
    ['with an encoded name', 'wos%2Dsession=a', undefined],
    ['without an equals sign', 'wos-session', undefined],
    ['in the value of another', 'x=wos-session=a', undefined],
    ['in an empty header', '', undefined],
    ['behind nothing but semicolons', ';;; ;wos-session=a', 'a'],
  ])('%s', (_, header, value) => {
    expect(cookieIn(header, NAME)).toBe(value);
    expect(parse(header)[NAME]).toBe(value);
  });

  it('is the one that the frameworks read, whatever the header', () => {
    const part = fc.constantFrom(NAME, 'x', '=', ';', ' ', '\t', '"', '%41', '%', '%zz', 'a', ',');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 24 }), (parts) => {
        const header = parts.join('');
        expect(cookieIn(header, NAME)).toBe(parse(header)[NAME]);
      }),
      { numRuns: 5_000 },
    );
  });

  it('is found in time that grows with the header alone', () => {
    const header = `${'a;=" \t'.repeat(100_000)};${NAME}=a`;
    const start = performance.now();
    expect(cookieIn(header, NAME)).toBe('a');
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

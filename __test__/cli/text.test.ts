// The parts of a page, alone.
import { execFileSync } from 'node:child_process';
import { describe, expect, test, vi } from 'vitest';
import { withProgress } from '../../lib/cli/progress.ts';
import { createRedact } from '../../lib/cli/secrets.ts';
import { jsonText, neutralize, shorten, widthOf, wrap } from '../../lib/cli/text.ts';
import { span, timeText } from '../../lib/cli/time.ts';

const TEXTS = [
  'plain ASCII',
  'é ñ ü ß Ω я',
  '漢字',
  'かな カナ',
  '한글',
  '注音 ㄅㄆ',
  'ﾊﾝｶｸ',
  'ＦＵＬＬ',
  '「括弧」、。',
  '🎉👍',
  'नमस्ते',
  'ไทย',
  'עברית العربية',
  '→ … – “”',
];

test('widths are those of Node', () => {
  const script = `const { getStringWidth } = require('internal/util/inspect');
    console.log(JSON.stringify(${JSON.stringify(TEXTS)}.map((text) => getStringWidth(text))));`;
  const said = execFileSync(process.execPath, ['--expose-internals', '-e', script]);
  expect(TEXTS.map(widthOf)).toEqual(JSON.parse(String(said)));
});

test.each([
  ['\u001b[31m', '\\u001b[31m'],
  ['\u0000\u0007\u007f\u0085\u009b', '\\u0000\\u0007\\u007f\\u0085\\u009b'],
  ['a\nb\tc\r', 'a\\u000ab\\u0009c\\u000d'],
  ['\u202e\u2066\u200e', '\\u202e\\u2066\\u200e'],
  ['\u2028\u2029', '\\u2028\\u2029'],
  ['a\u00a0b\u3000c', 'a\\u00a0b\\u3000c'],
  ['\u200b\u00ad\u3164\u115f', '\\u200b\\u00ad\\u3164\\u115f'],
  ['\ud800', '\\ud800'],
  ['\u{e0001}\u{f0000}', '\\udb40\\udc01\\udb80\\udc00'],
  ['e\u0301', 'e\u0301'],
  ['e\u0301\u0302', 'e\u0301\u0302'],
  ['e\u0301\u0302\u0303', 'e\u0301\u0302\\u0303'],
  ['\u0301e', '\\u0301e'],
  ['1\u0301', '1\\u0301'],
  ['👩‍👧', '👩\\u200d👧'],
  ['नमस्ते 漢字 🎉 "\\', 'नमस्ते 漢字 🎉 "\\'],
])('%j is shown as %j', (text, shown) => {
  expect(neutralize(text)).toBe(shown);
});

test('JSON keeps its meaning', () => {
  const value = {
    'a\u202e': ['\u001b', '\ud800', '\u{e0001}', 'é\u0301\u0301\u0301', { b: null }],
  };
  expect(JSON.parse(jsonText(value))).toEqual(value);
  expect(jsonText(value)).toMatch(/^\{\n {2}"a\\u202e": \[\n {4}"\\u001b",/);
});

test.each<[string, number, string[]]>([
  ['one two three', 7, ['one two', 'three']],
  ['one two three', 6, ['one', 'two', 'three']],
  ['abcdefgh', 3, ['abc', 'def', 'gh']],
  ['a abcdefgh b', 4, ['a', 'abcd', 'efgh', 'b']],
  ['漢字漢', 4, ['漢字', '漢']],
  ['漢字漢', 5, ['漢字', '漢']],
  ['', 5, ['']],
  ['漢', 1, ['漢']],
])('%j in %i columns', (text, width, lines) => {
  expect(wrap(text, width)).toEqual(lines);
});

test('a text is shortened between characters', () => {
  expect(shorten('abcde', 5)).toBe('abcde');
  expect(shorten('abcdef', 5)).toBe('abcde...');
  expect(shorten(`abcd🎉${'x'.repeat(2_000)}`, 5)).toBe('abcd\ufffd...');
});

test.each([
  [0, '0 s'],
  [59.9, '59 s'],
  [60, '1 min'],
  [3_599, '59 min 59 s'],
  [3_600, '1 h'],
  [86_399, '23 h 59 min'],
  [90_000, '1 d 1 h'],
  [-61, '1 min 1 s'],
  [1e11, '1,157,407 d 9 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(span(seconds)).toBe(text);
});

test('times', () => {
  expect(timeText(1_700_000_000, 1_700_000_000)).toBe('2023-11-14 22:13:20 UTC, 0 s ago');
  expect(timeText(1_700_000_000.5, 1_699_999_990)).toBe('2023-11-14 22:13:20 UTC, in 10 s');
  for (const time of ['1700000000', null, 1e300, Number.NaN, 8_640_000_000_001])
    expect(timeText(time, 0)).toBeUndefined();
  expect(timeText(8_640_000_000_000, 0)).toMatch(/^\+275760-09-13 00:00:00 UTC/);
});

test('secrets are taken out of any text', () => {
  const token = 'eyJhbGciOiJSUzI1NiJ9.cGF5bG9hZA.c2lnbmF0dXJl';
  const inArguments = createRedact([`--issuer=${token}`, undefined]);
  const inUse = createRedact([], 'sealed-session.12345678');
  expect(inArguments(`a ${token} b cGF5bG9hZA c`)).toBe('a [not shown] b [not shown] c');
  expect(inArguments('eyJhbGciOiJSUzI1NiJ9')).toBe('eyJhbGciOiJSUzI1NiJ9');
  expect(inUse('12345678 sealed-session')).toBe('[not shown] sealed-session');
  expect(createRedact([], 'x.1234567')('1234567')).toBe('1234567');
  expect(createRedact([], '123456789012345')('123456789012345')).toBe('123456789012345');
  expect(createRedact([], '1234567890123456')('1234567890123456')).toBe('[not shown]');
  expect(createRedact([], 'undefined')('an undefined token')).toBe('an undefined token');
  expect(createRedact([], `{"token":"${token}"}`)('c2lnbmF0dXJl')).toBe('[not shown]');
  expect(createRedact(['https://example.com/a.b.c'])('https://example.com/a.b.c')).toMatch(
    /^https/,
  );
});

describe('progress', () => {
  const terminal = (isTTY: boolean, columns = 80) => ({ isTTY, columns, write: vi.fn(() => true) });
  const waiting = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms, 'done'));

  test('is told after half a second, and is gone afterwards', async () => {
    vi.useFakeTimers();
    try {
      const screen = terminal(true, 20);
      const work = withProgress(screen, 'Fetching the keys from WorkOS', waiting(501));
      await vi.advanceTimersByTimeAsync(499);
      expect(screen.write).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      expect(screen.write.mock.calls).toEqual([['Fetching the keys f']]);
      await vi.advanceTimersByTimeAsync(1);
      expect(await work).toBe('done');
      expect(screen.write.mock.calls.at(-1)).toEqual(['\r\u001b[K']);
    } finally {
      vi.useRealTimers();
    }
  });

  test('is not told of a short wait, nor to a program, and a failure ends it too', async () => {
    const short = terminal(true);
    expect(await withProgress(short, 'Work', waiting(1))).toBe('done');
    const pipe = terminal(false);
    expect(await withProgress(pipe, 'Work', waiting(600))).toBe('done');
    const failing = terminal(true);
    const failure = waiting(600).then(() => Promise.reject(new Error('no')));
    await expect(withProgress(failing, 'Work', failure)).rejects.toThrow('no');
    expect(short.write.mock.calls.concat(pipe.write.mock.calls)).toEqual([]);
    expect(failing.write.mock.calls).toEqual([['Work ...'], ['\r\u001b[K']]);
  });
});

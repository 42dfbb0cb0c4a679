// How the texts read, as far as words can tell.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../support/guides.js';
import { markdownFiles, readRepositoryFile, withoutCode } from '../support/markdown.js';

/** What each is replaced by. */
const INSTEAD: [pattern: RegExp, instead: string][] = [
  [/\b(?:be|been|is|are) had\b/i, 'be available, be fetched'],
  [/\banew\b/i, 'again'],
  [/\bbeside\b/i, 'next to, along with'],
  [/\bshall\b/i, 'must, will'],
  [/\d ?us\b/, 'µs'],
  [/\blicence/i, 'license'],
  [
    /\b(?:author|capital|general|initial|maxim|minim|normal|optim|organ|recogn|serial|special|summar|synchron)is(?:e|es|ed|ing|ation)\b/i,
    '-ize',
  ],
  [/\b(?:behaviou|colou|honou|favou)r/i, '-or'],
  [/\bcancell(?:ed|ing)\b/i, 'canceled'],
  [/\b(?:catalogue|centre|defence|artefact|grey|whilst|amongst)\b/i, 'its American form'],
];

const TYPES = [
  'index.d.cts',
  ...readdirSync(path.join(root, 'entries'))
    .filter((name) => name.endsWith('.d.cts'))
    .map((name) => `entries/${name}`),
];
/** What the benchmark writes has the words of the version that was measured. */
const MEASURED = 'bench/results/';
const files = [...markdownFiles().filter((name) => !name.startsWith(MEASURED)), ...TYPES];

/** Each with the line that it is in. */
function findings(text: string): string[] {
  const lines = withoutCode(text).split('\n');
  return lines.flatMap((line) =>
    INSTEAD.filter(([pattern]) => pattern.test(line)).map(
      ([pattern, instead]) => `${pattern.exec(line)?.[0]}: ${instead}: ${line.trim()}`,
    ),
  );
}

describe('prose', () => {
  it.each(files)('%s has the words that it should have', (file) => {
    expect(findings(readRepositoryFile(file))).toEqual([]);
  });

  it.each([
    'beside it',
    'fetched anew',
    'must not be had',
    'it shall',
    '12 us',
    'the licence',
    'normalised',
    'an initialisation',
    'behaviour',
    'a grey box',
  ])('takes offense at "%s"', (text) => {
    expect(findings(text)).toHaveLength(1);
  });

  it.each([
    'otherwise a promise is precise, and a surprise',
    'besides',
    '`licence`',
    'a raised exception, revised',
    'enterprise',
  ])('does not at "%s"', (text) => {
    expect(findings(text)).toEqual([]);
  });
});

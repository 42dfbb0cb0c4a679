// The table of causes as a whole.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../support/guides.js';
import { binding } from '../support/binding.js';
import { NOT_PROVOKED, scenarios, TESTED_ELSEWHERE } from './scenarios/index.js';
import { coreRows, rows } from './support.js';

/** How many seeded mistakes there are at least. */
const MISTAKES = 72;

it('has rows of distinct ids and hints, and words for each', () => {
  expect(coreRows.length).toBeGreaterThan(100);
  for (const texts of [rows.map(({ id }) => id), rows.map(({ hint }) => hint)])
    expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
  for (const { id, recognized, hint, codes } of rows) {
    expect(id).toMatch(/^[a-z][a-z\d-]+$/);
    expect(recognized, id).toMatch(/[^.]$/);
    expect(hint, id).toMatch(/[^ ].*\.$/);
    expect(codes.length > 0, id).toBe(id !== 'clock-behind');
    for (const code of codes) expect(binding.errorCodes()).toContain(code);
  }
});

it('has a mistake for every row, and every code of a row', () => {
  const provoked = new Set(scenarios.map(({ cause, code }) => `${cause} ${code}`));
  const all = rows
    .filter(({ id }) => !(id in TESTED_ELSEWHERE) && !(id in NOT_PROVOKED))
    .map(({ id }) => id);
  const causes = new Set(scenarios.map(({ cause }) => cause));
  expect(all.filter((id) => !causes.has(id))).toEqual([]);
  const allowed = new Set(rows.flatMap(({ id, codes }) => codes.map((code) => `${id} ${code}`)));
  expect([...provoked].filter((pair) => !allowed.has(pair))).toEqual([]);
});

it('has many mistakes, each of them once', () => {
  const mistakes = scenarios.map(({ mistake, cause }) => `${mistake}: ${cause}`);
  expect(new Set(mistakes).size).toBe(mistakes.length);
  expect(mistakes.length).toBeGreaterThanOrEqual(MISTAKES);
});

it('is tested in the files that are named for the rows without a mistake', () => {
  for (const [id, file] of Object.entries(TESTED_ELSEWHERE)) {
    const code = id.toUpperCase().replaceAll('-', '_');
    expect(readFileSync(path.join(root, file), 'utf8'), id).toContain(code);
  }
});

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MUTANTS } from '../../scripts/mutants/key-cache.mjs';

it.each(MUTANTS.map(({ breaks, ...mutant }) => [breaks, mutant] as const))(
  'the mutant of "%s" has its text once in the code',
  (_, { file, find, replace }) => {
    const place = new URL(`../../core/src/key_cache/${file}`, import.meta.url);
    expect(readFileSync(place, 'utf8').split(find)).toHaveLength(2);
    expect(replace).not.toBe(find);
  },
);

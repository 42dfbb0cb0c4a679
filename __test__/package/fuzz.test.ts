// The fuzz targets have the same names wherever they are listed, and something to start from.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { seedsOf, targets } from '../../scripts/fuzz/seeds.mjs';
import { WORDS } from '../../scripts/fuzz/hand-seeds.mjs';

const root = path.join(import.meta.dirname, '../..');
const text = (file: string) => readFileSync(path.join(root, file), 'utf8');
const names = (file: string, pattern: RegExp) =>
  [...text(file).matchAll(pattern)].map(([, name]) => name).sort();

it('are the same in the manifest, the folder, the guide, the workflow and the script', () => {
  const sorted = [...targets].sort();
  expect(names('fuzz/Cargo.toml', /\[\[bin\]\]\nname = "(\w+)"/g)).toEqual(sorted);
  expect(readdirSync(path.join(root, 'fuzz/fuzz_targets')).sort()).toEqual(
    sorted.map((name) => `${name}.rs`),
  );
  expect(names('fuzz/README.md', /^\| `(\w+)` \|/gm)).toEqual(sorted);
  expect(Object.keys(WORDS).sort()).toEqual(sorted);
  const matrix = text('.github/workflows/nightly.yml').match(/target: \[(.+)\]/)?.[1];
  expect(matrix?.split(', ')).toEqual(sorted);
});

it.each(targets)('%s has seeds', (target) => {
  expect(seedsOf(target).size).toBeGreaterThan(9);
});

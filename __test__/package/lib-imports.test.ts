// The files of `lib/` import each other in one direction: no file reaches itself.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const lib = fileURLToPath(new URL('../../lib', import.meta.url));
const files = readdirSync(lib, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => path.join(lib, name));
/** Types too: who needs another's types is bound to it. */
const imports = new Map(files.map((file) => [file, importsOf(file)]));

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const names = [...text.matchAll(/^(?:import|export) [^;]*?'(\.[^']+\.ts)';$/gms)];
  return names.map(([, name]) => path.resolve(path.dirname(file), name as string));
}

/** The way from a file back to itself, if there is one. */
function circleFrom(start: string, file = start, way: string[] = []): string[] | undefined {
  for (const next of imports.get(file) ?? []) {
    if (next === start) return [...way, file, next].map((name) => path.relative(lib, name));
    if (way.includes(next) || next === file) continue;
    const circle = circleFrom(start, next, [...way, file]);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

test('every import is of a file that is there', () => {
  expect(files.length).toBeGreaterThan(30);
  for (const names of imports.values()) for (const name of names) expect(files).toContain(name);
});

test.each(files.map((file) => [path.relative(lib, file), file]))('%s', (_, file) => {
  expect(circleFrom(file)).toBeUndefined();
});

const { readFileSync } = process.getBuiltinModule('node:fs');

/** Of this package. This file ends up in `dist/`. */
export function readVersion(): string {
  const manifest = new URL('../package.json', import.meta.url);
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}

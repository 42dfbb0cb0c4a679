import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const manifest = readFileSync(new URL('../../Cargo.toml', import.meta.url), 'utf8');

function settingsOf(section: string): string[] {
  return (
    manifest
      .split(`\n[${section}]\n`)[1]
      ?.split(/\n(?:\n|\[|#)/)[0]
      ?.split('\n') ?? []
  );
}

// Cargo keeps the symbols of a package that has settings of its own and says nothing of stripping there.
it.each(['release', 'quick'])('%s strips the addon as the profile says', (profile) => {
  const strips = (section: string) => settingsOf(section).filter((line) => /^strip = "/.test(line));
  expect(strips(`profile.${profile}`)).toHaveLength(1);
  expect(strips(`profile.${profile}.package.verify-workos-token`)).toEqual(
    strips(`profile.${profile}`),
  );
});

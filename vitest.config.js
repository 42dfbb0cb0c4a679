import { configDefaults, defineConfig } from 'vitest/config';
import { RETRIES, retried } from './scripts/retried.mjs';

// Its stand-ins for npm and cargo begin with a line that Windows does not understand.
const UNIX_ALONE = process.platform === 'win32' ? ['__test__/package/setup.test.ts'] : [];

const IS_WINE = process.env.WINEPREFIX !== undefined;
// They take git and tar, and in Wine's cage there is neither.
const WITH_PROGRAMS = IS_WINE
  ? ['check-packages', 'pack', 'rehearse', 'tree'].map((name) => `__test__/release/${name}.test.ts`)
  : [];
// Tests that start processes or install packages share the cores with the others; under Wine each
// process takes seconds, and stalls the one that starts it.
const SPEED = IS_WINE ? { testTimeout: 120_000, maxConcurrency: 1 } : { testTimeout: 30_000 };

export default defineConfig({
  test: {
    globalSetup: ['scripts/dist.mjs'],
    include: ['__test__/**/*.test.ts'],
    exclude: [
      ...configDefaults.exclude,
      '__test__/integration/**',
      ...UNIX_ALONE,
      ...WITH_PROGRAMS,
    ],
    ...SPEED,
    retry: RETRIES,
    reporters: ['default', retried],
  },
});

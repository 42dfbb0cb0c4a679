import { configDefaults, defineConfig } from 'vitest/config';
import { RETRIES, retried } from './scripts/retried.mjs';

export default defineConfig({
  test: {
    globalSetup: ['scripts/dist.mjs'],
    include: ['__test__/**/*.test.ts'],
    exclude: [...configDefaults.exclude, '__test__/integration/**'],
    // Tests that start processes or install packages share the cores with the others.
    testTimeout: 30_000,
    retry: RETRIES,
    reporters: ['default', retried],
  },
});

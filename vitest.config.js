import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['scripts/dist.mjs'],
    include: ['__test__/**/*.test.ts'],
    exclude: [...configDefaults.exclude, '__test__/integration/**'],
    // Tests that start processes or install packages share the cores with the others.
    testTimeout: 30_000,
  },
});

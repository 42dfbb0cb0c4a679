import { defineConfig } from 'vitest/config';
import { RETRIES, retried } from '../../scripts/retried.mjs';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    globalSetup: ['support/pack.ts'],
    // Builds of whole applications: side by side they would starve each other.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 300_000,
    retry: RETRIES,
    reporters: ['default', retried],
  },
});

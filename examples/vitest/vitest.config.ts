// Of its own, since vitest would otherwise take that of the repository around it.
import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['test/**/*.test.ts'] } });

import type { NextConfig } from 'next';

// For this example's sake alone: the package needs no configuration.
export default {
  // Next's badge would cover the page on a narrow screen.
  devIndicators: false,
  // The repository around this folder has a lock file too.
  turbopack: { root: __dirname },
} satisfies NextConfig;

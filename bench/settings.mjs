/** The whole takes about 11 minutes on two quiet cores. */
export const FULL = {
  // More than any cache here holds.
  goodTokens: 9_000,
  expiredTokens: 6_000,
  turns: { warmUps: 6, rounds: 31, milliseconds: 40 },
  refusals: { warmUps: 4, rounds: 21, milliseconds: 30 },
  cold: { warmUps: 1, rounds: 25 },
  delay: { warmUps: 2, rounds: 15, milliseconds: 400 },
  flood: { warmUps: 1, rounds: 9, milliseconds: 600 },
  express: { warmUps: 2, rounds: 9, milliseconds: 1_200 },
  refresh: { rounds: 5, seconds: 10, delayMs: 3_000, maxAgeSeconds: 5 },
  memory: { tokens: 1_000_000, samplesEvery: 10_000 },
};

/** For the newest Node, after the whole on the one that runs the benchmark. */
export const NEWEST = {
  ...FULL,
  turns: { warmUps: 5, rounds: 21, milliseconds: 40 },
  refusals: { warmUps: 3, rounds: 15, milliseconds: 30 },
  cold: { warmUps: 1, rounds: 15 },
};

/** To see that everything runs: its figures mean nothing. */
export const QUICK = {
  goodTokens: 2_000,
  expiredTokens: 64,
  turns: { warmUps: 1, rounds: 3, milliseconds: 5 },
  refusals: { warmUps: 1, rounds: 3, milliseconds: 5 },
  cold: { warmUps: 0, rounds: 2 },
  delay: { warmUps: 0, rounds: 2, milliseconds: 50 },
  flood: { warmUps: 0, rounds: 2, milliseconds: 40 },
  express: { warmUps: 0, rounds: 2, milliseconds: 200 },
  refresh: { rounds: 1, seconds: 4, delayMs: 800, maxAgeSeconds: 2 },
  memory: { tokens: 20_000, samplesEvery: 1_000 },
};

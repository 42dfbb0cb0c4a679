// A reporter for vitest that names the tests which passed only when they were tried again, so that a
// retry hides nothing.

/** @type {import('vitest/reporters').Reporter} */
export const retried = {
  onTestCaseResult(test) {
    const retries = test.diagnostic()?.retryCount ?? 0;
    if (retries > 0)
      console.log(`Retried ${retries} x: ${test.module.moduleId} > ${test.fullName}`);
  },
};

/**
 * How often a test may be tried again. In CI other jobs share the cores, and a test that waits for a
 * time limit can meet a machine that stands still; at a developer's desk each failure is told.
 */
export const RETRIES = process.env.CI === undefined ? 0 : 2;

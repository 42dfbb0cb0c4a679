import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createProject, run } from './support/project.js';

let project: string;
beforeAll(async () => {
  project = await createProject('vitest-user');
});

describe('a user’s tests pass in vitest', () => {
  test.each(['threads', 'forks', 'vmThreads', 'vmForks'])('in the pool %s', async (pool) => {
    const report = path.join(project, `${pool}.json`);
    const args = ['run', '--pool', pool, '--reporter=json', '--outputFile', report];
    const program = path.join(project, 'node_modules', 'vitest', 'vitest.mjs');
    // One worker, which then loads the package once for each file.
    await run(project, process.execPath, [program, ...args, '--maxWorkers=1'], { POOL: pool });
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
      numTotalTests: 11,
      numPassedTests: 11,
    });
  });
});

// The workflows, as far as they can be judged without running them.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { platforms } from '../../scripts/platform-package.mjs';
import { TARGETS } from '../../scripts/targets.mjs';
import { root } from '../support/guides.js';

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, string | boolean | number>;
}

interface Job {
  needs?: string | string[];
  uses?: string;
  if?: string;
  environment?: string;
  permissions?: Record<string, string>;
  strategy?: { matrix?: { include?: { platform: string; runner: string }[] } };
  steps?: Step[];
}

interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const FOLDER = path.join(root, '.github', 'workflows');
const names = readdirSync(FOLDER);
const textOf = (name: string) => readFileSync(path.join(FOLDER, name), 'utf8');
const workflow = (name: string): Workflow => parse(textOf(name));
const jobs = names.flatMap((name) =>
  Object.entries(workflow(name).jobs).map(([id, job]) => ({
    name: `${name}: ${id}`,
    job,
    file: name,
  })),
);
const needsOf = ({ needs = [] }: Job) => (typeof needs === 'string' ? [needs] : needs);
const stepsOf = ({ steps = [] }: Job) => steps;
const actions = jobs.flatMap(({ job }) => stepsOf(job).flatMap(({ uses }) => uses ?? []));

describe('every action', () => {
  it('is pinned by its commit, and says which version that is', () => {
    const lines = names.flatMap((name) => textOf(name).match(/^.*\buses: (?!\.\/).*$/gm) ?? []);
    expect(lines.length).toBe(actions.length);
    for (const line of lines)
      expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('has one commit in all workflows', () => {
    const repositories = new Set(actions.map((action) => action.split('@')[0]));
    expect(new Set(actions).size).toBe(repositories.size);
  });

  it('that checks out leaves no credentials behind', () => {
    const steps = jobs.flatMap(({ job }) => stepsOf(job));
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.length).toBeGreaterThan(0);
    for (const step of checkouts) expect(step.with?.['persist-credentials']).toBe(false);
  });

  it('that installs Node takes nothing out of a cache', () => {
    const steps = jobs.flatMap(({ job }) => stepsOf(job));
    const setups = steps.filter(({ uses }) => uses?.startsWith('actions/setup-node@'));
    expect(setups.length).toBeGreaterThan(0);
    for (const step of setups) expect(step.with?.['package-manager-cache']).toBe(false);
  });
});

describe('what pip installs', () => {
  it('is held to the hashes of its files', () => {
    const installs = jobs.flatMap(({ job }) =>
      stepsOf(job).flatMap(({ run = '' }) =>
        run.split('\n').filter((line) => /pip.* install /.test(line)),
      ),
    );
    installs.push(
      ...(readFileSync(path.join(root, '.ci', 'run'), 'utf8').match(/^.*pip install .*$/gm) ?? []),
    );
    expect(installs.length).toBeGreaterThanOrEqual(3);
    for (const line of installs) {
      expect(line).toContain(' --require-hashes --only-binary :all: ');
      expect(line).toMatch(/ -r \.ci\/(?:checkers|zig)\.txt$/);
    }
    for (const file of ['checkers.txt', 'zig.txt']) {
      const text = readFileSync(path.join(root, '.ci', file), 'utf8');
      const packages = text.match(
        /^[\w-]+==[\d.]+ \\\n(?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+/gm,
      );
      expect(packages?.join('')).toBe(text.replace(/^#.*\n/, ''));
    }
  });
});

describe('the platforms', () => {
  it('are those that the loader asks for, in every matrix', () => {
    const { binary, test } = workflow('packages.yml').jobs;
    const built = binary?.strategy?.matrix?.include ?? [];
    expect(built.map(({ platform }) => platform).sort()).toEqual([...platforms()].sort());
    expect(test?.strategy?.matrix?.include).toEqual(built);
    expect(Object.keys(TARGETS).sort()).toEqual([...platforms()].sort());
  });
});

describe('the order of the jobs', () => {
  it.each(jobs)('$name needs what there is', ({ job, file }) => {
    const known = Object.keys(workflow(file).jobs);
    for (const name of needsOf(job)) expect(known).toContain(name);
  });

  it('tests every binary that is packed, in a job that did not build it', () => {
    const { binary, test, pack, materials } = workflow('packages.yml').jobs as Record<string, Job>;
    const last = stepsOf(binary as Job).at(-1);
    expect(last?.uses).toMatch(/^actions\/upload-artifact@/);
    expect(
      stepsOf(binary as Job)
        .map(({ run }) => run)
        .join(),
    ).not.toContain('vitest');
    expect(needsOf(test as Job)).toEqual(['binary']);
    expect(
      stepsOf(test as Job)
        .map(({ run }) => run)
        .join(),
    ).not.toMatch(/cargo|binary\.mjs "/);
    expect(needsOf(pack as Job)).toEqual(['binary']);
    expect(needsOf(materials as Job)).toEqual([]);
  });

  it('checks what is in the tarballs right after they are packed', () => {
    const steps = stepsOf(workflow('packages.yml').jobs.pack as Job);
    expect(steps.find(({ run }) => run?.includes('pack-all.mjs'))?.run).toMatch(
      /\bpack-all\.mjs tarballs --all-platforms\nnode scripts\/check-packages\.mjs tarballs\n$/,
    );
  });

  it('publishes after the checks of the tag and after every job of the packages', () => {
    const { version, packages, publish, github } = workflow('release.yml').jobs as Record<
      string,
      Job
    >;
    expect(version?.steps?.at(-1)?.run).toBe('node scripts/check-release.mjs "$GITHUB_REF_NAME"');
    expect(needsOf(packages as Job)).toEqual(['version']);
    expect(packages?.uses).toBe('./.github/workflows/packages.yml');
    expect(needsOf(publish as Job)).toEqual(['packages']);
    expect(needsOf(github as Job)).toEqual(['publish']);
  });

  it('runs the same packages from `ci`, weekly and by hand, and not with each change', () => {
    const ci = workflow('ci.yml');
    expect(ci.jobs.packages?.uses).toBe('./.github/workflows/packages.yml');
    expect(ci.on).toHaveProperty('schedule');
    expect(ci.on).toHaveProperty('workflow_dispatch');
    expect(ci.jobs.packages?.if).toBe(
      "github.event_name == 'schedule' || github.event_name == 'workflow_dispatch'",
    );
  });
});

describe('the rights', () => {
  it.each(names)('of %s are to read, unless a job says otherwise', (name) => {
    expect(workflow(name).permissions).toEqual({ contents: 'read' });
  });

  it('to publish have one job, in an environment of its own, in which nothing of the repository runs', () => {
    const withRight = jobs.filter(({ job }) => job.permissions?.['id-token'] === 'write');
    expect(withRight.map(({ name }) => name)).toEqual(['release.yml: publish']);
    const { job } = withRight[0] as { job: Job };
    expect(job.environment).toBe('npm');
    expect(stepsOf(job).filter(({ uses }) => uses?.startsWith('actions/checkout@'))).toEqual([]);
    expect(
      stepsOf(job).filter(({ run }) =>
        /\b(?:node|npx|npm (?:ci|install|exec|run)) /.test(run ?? ''),
      ),
    ).toEqual([]);
  });

  it('are all that is written in a release', () => {
    const rights = Object.entries(workflow('release.yml').jobs).map(([id, job]) => [
      id,
      job.permissions,
    ]);
    expect(Object.fromEntries(rights)).toEqual({
      version: undefined,
      packages: { contents: 'read' },
      publish: { 'id-token': 'write', attestations: 'write' },
      github: { contents: 'write' },
    });
  });
});

it('the attested files are all that the release holds', () => {
  const { publish, github } = workflow('release.yml').jobs as Record<string, Job>;
  const downloads = (job: Job | undefined) =>
    stepsOf(job as Job)
      .filter(({ uses }) => uses?.startsWith('actions/download-artifact@'))
      .map((step) => step.with?.name);
  expect(downloads(publish)).toEqual(['tarballs', 'materials']);
  expect(downloads(github)).toEqual(['tarballs', 'materials']);
  const attested = stepsOf(publish as Job).find(({ uses }) =>
    uses?.startsWith('actions/attest-build-provenance@'),
  );
  expect(attested?.with?.['subject-path']).toBe('tarballs/*\nmaterials/*\n');
});

it('the compiler is the same wherever something is built for a release', () => {
  const versions = ['ci.yml', 'packages.yml'].map(
    (name) => /^ {2}RUSTUP_TOOLCHAIN: (\S+)$/m.exec(textOf(name))?.[1],
  );
  expect(versions[0]).toMatch(/^1\.\d+\.\d+$/);
  expect(versions[1]).toBe(versions[0]);
});

// `npm run bench`: everything in one run, whose figures stand in bench/results/latest.*. With names of
// workloads it runs those alone, and with `--quick` just long enough to see that everything works:
// these write files of their own.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { platform } from '../scripts/platform.mjs';
import { toSvg } from './report/chart.mjs';
import { section, targetTable, toMarkdown } from './report/markdown.mjs';
import { FULL, QUICK } from './settings.mjs';
import { bareRsa, installPeers } from './setup.mjs';
import { evaluate } from './targets.mjs';
import { WORKLOADS } from './workloads.mjs';
import { openWorld } from './world.mjs';

const NO_BARE_RSA =
  'aws-lc alone was left out: core/examples/bare_rsa.rs is not there or does not build, or `BARE_RSA` names no program.';

const results = fileURLToPath(new URL('./results/', import.meta.url));
const { quick, chosen, file } = readArguments(process.argv.slice(2));
installPeers();
const awsLcProgram = bareRsa();
const notes = awsLcProgram === undefined ? [NO_BARE_RSA] : [];
for (const note of notes) console.log(note);

const started = performance.now();
const workloads = await measure();
const report = {
  date: new Date().toISOString().slice(0, 10),
  quick,
  minutes: Math.round((performance.now() - started) / 6_000) / 10,
  machine: machine(),
  versions: versions(),
  notes,
  targets: [],
  workloads: file === 'latest' ? { ...workloads, ...measuredApart() } : workloads,
};
report.targets = evaluate({ ...report.workloads, binary: binary() }).filter(
  ({ reached }) => reached !== null || file === 'latest',
);
write(report, file);
if (file === 'memory') refreshLatest();

async function measure() {
  const folder = mkdtempSync(path.join(tmpdir(), 'verify-workos-token-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true }));
  process.once('SIGINT', () => process.exit(130));
  const settings = quick ? QUICK : FULL;
  const world = await openWorld({ settings, folder, awsLcProgram, log: console.log });
  const measured = {};
  try {
    for (const workload of chosen) {
      console.log(`\n${workload.title} ...\n`);
      measured[workload.id] = await workload.run(world);
      delete measured[workload.id].samples;
      console.log(section(workload, measured[workload.id]));
    }
    return measured;
  } finally {
    await world.close();
  }
}

function readArguments(args) {
  const names = args.filter((name) => name !== '--quick');
  const known = WORKLOADS.map(({ id }) => id);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    console.error(`There is no workload "${unknown}". These there are: ${known.join(', ')}.`);
    process.exit(1);
  }
  const quick = args.length > names.length;
  const chosen = WORKLOADS.filter(({ id, apart }) =>
    names.length === 0 ? apart !== true : names.includes(id),
  );
  const name = names.length === 0 ? 'latest' : chosen.map(({ id }) => id).join('+');
  return { quick, chosen, file: quick ? `quick-${name}` : name };
}

function machine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    platform: `${process.platform} ${process.arch}`,
  };
}

function versions() {
  const { dependencies } = readJson(new URL('./package.json', import.meta.url));
  const { version } = readJson(new URL('../package.json', import.meta.url));
  const { node, openssl } = process.versions;
  return { node, openssl, packages: { 'verify-workos-token': version, ...dependencies } };
}

/** In decimal megabytes. */
function binary() {
  const addon = new URL(`../npm/${platform}/verify-workos-token.${platform}.node`, import.meta.url);
  return { rows: { addon: { size: { median: statSync(addon).size / 1e6 } } } };
}

/** What takes too long to be part of the run that latest.md tells of. */
function measuredApart() {
  try {
    const { date, workloads } = readJson(path.join(results, 'memory.json'));
    return { memory: { ...workloads.memory, date } };
  } catch {
    return {};
  }
}

/** What latest.* tells of memory is the last that was measured. */
function refreshLatest() {
  try {
    const latest = readJson(path.join(results, 'latest.json'));
    Object.assign(latest.workloads, measuredApart());
    latest.targets = evaluate({ ...latest.workloads, binary: binary() });
    write(latest, 'latest');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

function write(report, file) {
  mkdirSync(results, { recursive: true });
  const contents = {
    md: toMarkdown(report),
    json: `${JSON.stringify(report, shortened, 2)}\n`,
    svg: toSvg(report),
  };
  const written = Object.entries(contents).filter(([, content]) => content !== undefined);
  for (const [extension, content] of written) {
    writeFileSync(path.join(results, `${file}.${extension}`), content);
  }
  if (report.targets.length > 0) console.log(`\n${targetTable(report.targets)}`);
  const names = written.map(([extension]) => `${file}.${extension}`).join(', ');
  console.log(`${report.minutes} minutes; written to bench/results: ${names}.`);
}

/** What lies past the fifth digit is noise. */
function shortened(_name, value) {
  return Number.isInteger(value) || typeof value !== 'number'
    ? value
    : Number(value.toPrecision(5));
}

function readJson(where) {
  return JSON.parse(readFileSync(where, 'utf8'));
}

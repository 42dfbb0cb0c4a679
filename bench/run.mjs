// `npm run bench`: everything in one run, on this Node and then on the newest one, with the figures in
// bench/results/latest.*. With names of workloads it runs only those, and with `--quick` just long
// enough to see that everything works: these write files of their own.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPeers } from '../scripts/peers.mjs';
import { platform } from '../scripts/platform.mjs';
import { toSvg } from './report/chart.mjs';
import { section, targetTable, toMarkdown } from './report/markdown.mjs';
import { processor } from './report/processor.mjs';
import { FULL, NEWEST, QUICK } from './settings.mjs';
import { bareRsa, newestNode } from './setup.mjs';
import { evaluate, targetsOn } from './targets.mjs';
import { WORKLOADS } from './workloads.mjs';
import { openWorld } from './world.mjs';

const NO_BARE_RSA =
  'aws-lc alone was left out: core/examples/bare_rsa.rs is missing or does not build, or `BARE_RSA` names no program.';

const results = fileURLToPath(new URL('./results/', import.meta.url));
const { quick, chosen, file } = readArguments(process.argv.slice(2));
installPeers('bench');
const awsLcProgram = bareRsa();
const notes = awsLcProgram === undefined ? [NO_BARE_RSA] : [];
for (const note of notes) console.log(note);

const ownTargets = targetsOn(process.versions.node);
const started = performance.now();
const workloads = await measure(chosen, quick ? QUICK : FULL, process.execPath);
const newest = await measureNewest();
const report = {
  date: new Date().toISOString().slice(0, 10),
  quick,
  minutes: Math.round((performance.now() - started) / 6_000) / 10,
  machine: machine(),
  versions: versions(),
  notes,
  targets: [],
  workloads: file === 'latest' ? { ...workloads, ...measuredApart() } : workloads,
  newest,
};
report.targets = evaluate({ ...report.workloads, binary: binary() }, ownTargets).filter(
  ({ reached }) => reached !== null || file === 'latest',
);
write(report, file);
if (file === 'memory') refreshLatest();

/** `undefined` if that is the Node that runs this, or npm has none for this platform. */
async function measureNewest() {
  const execPath = newestNode();
  const some = chosen.filter(({ onEachNode }) => onEachNode);
  if (execPath === undefined || some.length === 0) return undefined;
  const { stdout, status } = spawnSync(execPath, ['-p', 'JSON.stringify(process.versions)']);
  // It may not run here, as on a Linux with musl.
  if (status !== 0) return undefined;
  const { node, openssl } = JSON.parse(stdout);
  if (node === process.versions.node) return undefined;
  console.log(`\nThe same on Node ${node}:`);
  const workloads = await measure(some, quick ? QUICK : NEWEST, execPath);
  const targets = evaluate(workloads, targetsOn(node)).filter(({ reached }) => reached !== null);
  return { node, openssl, targets, workloads };
}

async function measure(chosen, settings, execPath) {
  const folder = mkdtempSync(path.join(tmpdir(), 'verify-workos-token-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true }));
  process.once('SIGINT', () => process.exit(130));
  const { log } = console;
  const world = await openWorld({ settings, folder, awsLcProgram, log, execPath });
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
    console.error(`There is no workload "${unknown}". Workloads: ${known.join(', ')}.`);
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
    cpu: processor(),
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

/** What takes too long to be part of the run that latest.md describes. */
function measuredApart() {
  try {
    const { date, workloads } = readJson(path.join(results, 'memory.json'));
    return { memory: { ...workloads.memory, date } };
  } catch {
    return {};
  }
}

/** latest.* has the last figures for memory that were measured. */
function refreshLatest() {
  try {
    const latest = readJson(path.join(results, 'latest.json'));
    Object.assign(latest.workloads, measuredApart());
    latest.targets = evaluate({ ...latest.workloads, binary: binary() }, ownTargets);
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
  for (const { targets } of [report, report.newest ?? { targets: [] }])
    if (targets.length > 0) console.log(`\n${targetTable(targets)}`);
  const names = written.map(([extension]) => `${file}.${extension}`).join(', ');
  console.log(`${report.minutes} minutes; written to bench/results: ${names}.`);
}

/** Digits past the fifth are noise. */
function shortened(_name, value) {
  return Number.isInteger(value) || typeof value !== 'number'
    ? value
    : Number(value.toPrecision(5));
}

function readJson(where) {
  return JSON.parse(readFileSync(where, 'utf8'));
}

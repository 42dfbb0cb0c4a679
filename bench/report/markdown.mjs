// @ts-nocheck: written without types.
// A run as Markdown: the targets, then a table for each workload.
import { CONTENDERS, nameOf } from '../contenders.mjs';
import { WORKLOADS } from '../workloads.mjs';

/** @param {any} report what latest.json holds */
export function toMarkdown(report) {
  const sections = WORKLOADS.filter(({ id }) => report.workloads[id] !== undefined).map(
    (workload) => section(workload, report.workloads[workload.id]),
  );
  const notes = report.notes.map((note) => `${note}\n`);
  return [
    '# Benchmark\n',
    `${conditions(report)}\n`,
    ...notes,
    targetTable(report.targets),
    ...sections,
    ...newestSections(report.newest),
  ].join('\n');
}

/** @param {any} newest */
function newestSections(newest) {
  if (newest === undefined) return [];
  const { node, openssl, targets, workloads } = newest;
  const measured = WORKLOADS.filter(({ id }) => workloads[id] !== undefined);
  return [
    `# On Node ${node}\n`,
    `In the same run, after the above, with fewer rounds (OpenSSL ${openssl}).\n`,
    targetTable(targets),
    ...measured.map((workload) => section(workload, workloads[workload.id])),
  ];
}

/** @param {Record<string, any>} workload @param {{ rows: Record<string, any>, date?: string }} result */
export function section(workload, result) {
  const { title, unit, metrics, reference, note } = workload;
  const names = Object.keys(metrics);
  const head = ['', ...names.map((name) => metrics[name])];
  const rows = Object.entries(result.rows).map(([row, figures]) => [
    isOurs(row) ? `**${nameOf(row)}**` : nameOf(row),
    ...names.map((name) =>
      cell(figures[name], row === reference ? undefined : result.rows[reference]?.[name]),
    ),
  ]);
  const about = [
    unit === undefined ? undefined : `Unit: ${unit}.`,
    `Medians, with the quartiles in brackets${reference === undefined ? '' : ` and the ratio to ${nameOf(reference)}`}.`,
    note,
    result.date === undefined ? undefined : `Measured in a run of its own, ${result.date}.`,
  ];
  return `## ${title}\n\n${about.filter(Boolean).join(' ')}\n\n${table(head, rows)}`;
}

function isOurs(row) {
  return CONTENDERS.find(({ id }) => id === row)?.kind === 'ours';
}

function cell(summary, reference) {
  if (summary === undefined) return '';
  const { median, lowerQuartile, upperQuartile, samples } = summary;
  const spread = samples > 1 ? ` (${figure(lowerQuartile)} to ${figure(upperQuartile)})` : '';
  const ratio =
    reference?.median > 0 && median > 0 ? ` · ${figure(median / reference.median)} x` : '';
  return `${figure(median)}${spread}${ratio}`;
}

/** @param {readonly any[]} targets */
export function targetTable(targets) {
  const rows = targets.map(({ name, limit, unit, measured, verdict }) => [
    name,
    `<= ${figure(limit)} ${unit}`,
    measured === null ? '' : figure(measured),
    verdict,
  ]);
  return `## Targets\n\n${table(['', 'target', 'measured', ''], rows)}`;
}

function conditions({ date, quick, machine, versions }) {
  const packages = Object.entries(versions.packages).map(([name, version]) => `${name} ${version}`);
  return [
    `${date}, ${machine.cpu}, ${machine.cores} cores, ${machine.platform}, Node ${versions.node} (OpenSSL ${versions.openssl}).`,
    `${packages.join(', ')}.`,
    ...(quick ? ['**A quick run: its figures mean nothing.**'] : []),
  ].join('\n\n');
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map(escapeCell).join(' | ')} |`;
  const rule = `|${head.map((_, index) => (index === 0 ? '---' : '---:')).join('|')}|`;
  return `${[line(head), rule, ...rows.map(line)].join('\n')}\n`;
}

function escapeCell(text) {
  return text.replaceAll('|', '\\|');
}

/**
 * Two or three digits that count.
 *
 * @param {number} value
 */
export function figure(value) {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en-US');
  return size >= 0.1 ? value.toFixed(size >= 10 ? 1 : 2) : value.toPrecision(2);
}

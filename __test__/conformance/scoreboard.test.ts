// The scoreboard: this package's own column in full, and the table that is committed.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { columnOf } from '../../conformance/column.mjs';
import { CONTENDERS } from '../../conformance/contenders.mjs';
import { toMarkdown } from '../../conformance/markdown.mjs';
import { summarize, verdictOf } from '../../conformance/score.mjs';

const OURS = 'verify-workos-token';
const VERDICTS = ['right', 'accepted', 'refused', 'design', 'none'];
const text = (name: string) =>
  readFileSync(new URL(`../../conformance/${name}`, import.meta.url), 'utf8');
const json = (name: string) => JSON.parse(text(name));
const results = json('results.json');

// Every token and every scenario, some of which last as long as a request for keys may.
const COLUMN_TIMEOUT_MS = 500_000;

interface Judged {
  readonly id: string;
  readonly basis: string;
  readonly rule: string;
  readonly must: string;
  readonly outcome: string;
}

describe('our column', () => {
  let tokens: Judged[];
  let endpoints: { id: string; otherwise: string[] }[];
  let summary: typeof results;

  beforeAll(async () => {
    const column = await columnOf(OURS);
    ({ tokens, endpoints } = column);
    summary = summarize({ [OURS]: column }, { date: '', node: '', versions: {} });
  }, COLUMN_TIMEOUT_MS);

  it('is right about every token', () => {
    const wrong = tokens.filter(({ must, outcome }) => must !== asVerdict(outcome));
    expect(wrong).toEqual([]);
  });

  it('tells no outage where there is none', () => {
    // Sets without a usable key are no sets.
    const odd = tokens.filter(({ rule, outcome }) => outcome === 'unavailable' && rule !== 'keys');
    expect(odd).toEqual([]);
  });

  it('is as promised in every scenario of the endpoint', () => {
    expect(endpoints.filter(({ otherwise }) => otherwise.length > 0)).toEqual([]);
  });

  it('has the cases that the committed table was made with', () => {
    expect(new Set(tokens.map(({ id }) => id)).size).toBe(tokens.length);
    expect(summary.counts).toEqual(results.counts);
    expect(summary.leftOut).toEqual(results.leftOut);
    expect(summary.scenarios).toEqual(results.scenarios);
    expect(summary.contenders[OURS]).toEqual(results.contenders[OURS]);
  });
});

function asVerdict(outcome: string): string {
  return outcome === 'unavailable' ? 'refuse' : outcome;
}

describe('the committed table', () => {
  const { counts, contenders, scenarios, versions } = results;

  it('is what its data say', () => {
    expect(toMarkdown(results)).toBe(text('results.md'));
  });

  it('names every contender with the version that is installed', () => {
    const { dependencies } = json('package.json');
    const { version } = json('../package.json');
    expect(Object.keys(contenders)).toEqual(CONTENDERS.map(({ id }) => id));
    for (const { id, packages } of CONTENDERS) {
      const own = packages.map((name) => (name === OURS ? version : dependencies[name]));
      expect(versions[id]).toBe(own.join(' + '));
      expect(versions[id]).toMatch(/^\d+\.\d+\.\d+( \+ \d+\.\d+\.\d+)?$/);
    }
  });

  it('counts every token once for every contender', () => {
    for (const { id } of CONTENDERS)
      for (const basis of ['RFC', 'policy']) {
        const { count, cases } = contenders[id][basis];
        expect(Object.keys(count)).toEqual(VERDICTS);
        const sum = VERDICTS.reduce((all, verdict) => all + count[verdict], 0);
        expect(sum, `${id}, ${basis}`).toBe(counts[basis]);
        expect(Object.keys(cases)).toHaveLength(count.accepted + count.refused + count.design);
      }
    expect(counts.RFC + counts.policy).toBe(counts.vectors + counts.hostile);
  });

  it('has us perfect, without any exception', () => {
    const { RFC, policy, endpoints } = contenders[OURS];
    expect(RFC.count).toEqual({ right: counts.RFC, accepted: 0, refused: 0, design: 0, none: 0 });
    expect(policy.count.right).toBe(counts.policy);
    expect(endpoints).toEqual({});
    expect(CONTENDERS.find(({ id }) => id === OURS)?.differences).toEqual([]);
  });

  it('has a row for each contender, rule and scenario', () => {
    const rows = text('results.md')
      .split('\n')
      .filter((line) => /^\| [^ |]/.test(line));
    const names = rows.map((row) => row.split(' | ')[0]?.slice(2));
    expect(names).toEqual([
      ...CONTENDERS.map(({ name }) => name),
      ...Object.keys(contenders[OURS].rules),
      ...Object.values(scenarios),
    ]);
  });

  it('is what README says of it', () => {
    const wrong = CONTENDERS.slice(1).map(({ id }) => {
      const { accepted, refused } = contenders[id].RFC.count;
      return accepted + refused;
    });
    expect(text('../README.md')).toContain(
      `Of ${counts.RFC} tokens whose verdict an RFC fixes, [the scoreboard](conformance/results.md) finds none wrong here, and ${Math.min(...wrong)} to ${Math.max(...wrong)} wrong in five other libraries.`,
    );
    expect(wrong).toHaveLength(5);
  });

  it('gives a link for every difference that it takes for one by design', () => {
    for (const { documentation, differences } of CONTENDERS.slice(1)) {
      expect(documentation).toMatch(/^https:\/\//);
      for (const { cases = [] } of differences)
        for (const name of cases) expect([name in scenarios, isToken(name)]).toContain(true);
    }
  });

  function isToken(name: string): boolean {
    return Object.values(contenders).some((one) => name in (one as typeof results).RFC.cases);
  }
});

it('its lock file names no registry', () => {
  expect(text('package-lock.json')).not.toMatch(/"resolved"/);
});

describe('a verdict', () => {
  const token = { id: 'x/1', rule: 'audience', must: 'refuse' };
  it.each([
    ['accept', [], 'accepted'],
    ['refuse', [], 'right'],
    ['unavailable', [], 'right'],
    ['nothing', [], 'right'],
    ['none', [], 'none'],
    ['accept', [{ rule: 'audience' }], 'design'],
    ['accept', [{ rule: 'audience', cases: ['x/1'] }], 'design'],
    ['accept', [{ rule: 'audience', cases: ['x/2'] }], 'accepted'],
    ['accept', [{ rule: 'issuer' }], 'accepted'],
    ['refuse', [{ rule: 'audience' }], 'right'],
  ])('for %s with the differences %j is %s', (outcome, differences, verdict) => {
    expect(verdictOf({ ...token, outcome }, differences)).toBe(verdict);
  });

  it.each([
    ['accept', 'right'],
    ['refuse', 'refused'],
    ['unavailable', 'refused'],
  ])('of a good token for %s is %s', (outcome, verdict) => {
    expect(verdictOf({ ...token, must: 'accept', outcome }, [])).toBe(verdict);
  });
});

// Whole tokens out of a grammar, many of them odd in a way that is known: each must come to what its
// oddities say, by every way in, and beside jose under the equal policy. `GRAMMAR_SEED` repeats a run,
// `GRAMMAR_TOKENS` makes it longer.
import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import { type Chance, chanceOf, seed } from './chance.js';
import { goodDraft, tokenOf } from './draft.js';
import { CHECKS, ODDITIES, type Oddity } from './oddities.js';
import { byEachWay, byJose, explained, isSame, type Verdict } from './paths.js';

const TOKENS = Number(process.env.GRAMMAR_TOKENS ?? 3_000);
/** How long a token may take on a machine that has other things to do, in milliseconds. */
const MAX_MS = 50;
/** As many as a burst is made of. */
const AT_A_TIME = 100;
/** How often a token has so many oddities. */
const COUNTS = [0, 0, 1, 1, 1, 1, 2, 2, 3];

interface Case {
  readonly token: string;
  readonly oddities: Oddity[];
  /** What to say when it fails: enough to repeat it. */
  readonly told: string;
}

function caseOf(chance: Chance, number: number): Case {
  const draft = goodDraft(chance);
  // Each at least once, whatever the chance.
  const chosen = number < ODDITIES.length ? [ODDITIES[number] as Oddity] : anyOddities(chance);
  // The form comes last, so that nothing after it writes a part anew.
  const oddities = [...chosen].sort((a, b) => CHECKS.indexOf(b.check) - CHECKS.indexOf(a.check));
  for (const oddity of oddities) oddity.apply(draft, chance);
  const token = tokenOf(draft, chance);
  const names = oddities.map(({ name }) => name).join(', ') || 'nothing odd';
  return { token, oddities, told: `GRAMMAR_SEED=${seed}, token ${number} (${names}): ${token}` };
}

/** Some that do not undo one another. */
function anyOddities(chance: Chance): Oddity[] {
  const chosen: Oddity[] = [];
  for (let count = chance.pick(COUNTS); count > 0; count -= 1) {
    const oddity = chance.pick(ODDITIES);
    const touched = chosen.flatMap(({ touches }) => touches);
    if (!oddity.touches.some((part) => touched.includes(part))) chosen.push(oddity);
  }
  return chosen;
}

/** The codes with which such a token may be refused. */
function codesOf(oddities: Oddity[]): string[] {
  const first = CHECKS.find((check) => oddities.some((oddity) => oddity.check === check));
  if (first === undefined) return ['accept'];
  const codes = oddities.filter(({ check }) => check === first).map(({ code }) => code);
  // The unverified issuer is compared before a key is looked for in vain.
  const isForeign = oddities.some(({ code }) => code === 'INVALID_ISSUER');
  return first === 'key' && isForeign ? ['INVALID_ISSUER'] : codes;
}

/** @returns the reason why jose accepts what this package refuses, if that is so. */
async function compareWithJose({ token, oddities, told }: Case, verdict: Verdict) {
  const payload = await byJose(token);
  if (verdict.code === 'accept') {
    expect(payload, told).toBeDefined();
    expect(isDeepStrictEqual(payload, verdict.claims), told).toBe(true);
    return undefined;
  }
  if (payload === undefined) return undefined;
  const reasons = oddities.map(({ lenient }) => lenient);
  expect(reasons, told).not.toContain(undefined);
  return oddities.map(({ name }) => name).join(', ');
}

async function compare(cases: Case[], disagreements: Map<string, number>): Promise<void> {
  const [first = [], ...others] = (await byEachWay(cases.map(({ token }) => token))).entries();
  const [, verdicts = []] = first as [string?, Verdict[]?];
  for (const [index, one] of cases.entries()) {
    const verdict = verdicts[index] as Verdict;
    expect(codesOf(one.oddities), one.told).toContain(verdict.code);
    for (const [way, all] of others) {
      expect(isSame(all[index] as Verdict, verdict), `${way}: ${one.told}`).toBe(true);
    }
    expect(await explained(one.token), one.told).toBe(verdict.code);
    const reason = await compareWithJose(one, verdict);
    if (reason) disagreements.set(reason, (disagreements.get(reason) ?? 0) + 1);
  }
}

it(
  `${TOKENS} tokens come to what their oddities say (GRAMMAR_SEED=${seed})`,
  async () => {
    const chance = chanceOf(seed);
    const disagreements = new Map<string, number>();
    for (let start = 0; start < TOKENS; start += AT_A_TIME) {
      const count = Math.min(AT_A_TIME, TOKENS - start);
      const cases = Array.from({ length: count }, (_, index) => caseOf(chance, start + index));
      await compare(cases, disagreements);
    }
    // Otherwise the two would hardly differ, and the comparison would say little.
    expect(disagreements.size).toBeGreaterThan(5);
  },
  60_000 + TOKENS * MAX_MS,
);

// @ts-nocheck: written without types.
// What the columns come to: the data of `results.json`.
import { CONTENDERS } from './contenders.mjs';

/** What a token can come to for a contender. */
const VERDICTS = ['right', 'accepted', 'refused', 'design', 'none'];

/**
 * @param {Record<string, any>} columns by contender
 * @param {{ date: string, node: string, versions: Record<string, string> }} conditions
 */
export function summarize(columns, conditions) {
  const [{ tokens, endpoints, leftOut }] = Object.values(columns);
  return {
    ...conditions,
    counts: countsOf(tokens),
    leftOut,
    scenarios: Object.fromEntries(endpoints.map(({ id, does }) => [id, does])),
    contenders: Object.fromEntries(
      Object.entries(columns).map(([id, column]) => [id, scoreOf(id, column)]),
    ),
  };
}

/** How many tokens there are, by what fixes their verdict, by group, and by rule. */
function countsOf(tokens) {
  const counts = { RFC: 0, policy: 0, vectors: 0, hostile: 0 };
  for (const { basis, group } of tokens) {
    counts[basis] += 1;
    counts[group] += 1;
  }
  return counts;
}

function scoreOf(id, { tokens, endpoints }) {
  const { differences } = CONTENDERS.find((one) => one.id === id);
  const score = { RFC: newScore(), policy: newScore(), rules: {}, endpoints: {} };
  for (const one of tokens) {
    const verdict = verdictOf(one, differences);
    const { count, cases } = score[one.basis];
    count[verdict] += 1;
    if (one.basis === 'RFC') addToRule(score.rules, one.rule, verdict);
    if (verdict !== 'right' && verdict !== 'none') cases[one.id] = verdict;
  }
  for (const { id: scenario, otherwise } of endpoints) {
    if (otherwise.length === 0) continue;
    const design = isDesign(differences, { rule: 'endpoint', id: scenario });
    score.endpoints[scenario] = { design, otherwise };
  }
  return score;
}

function newScore() {
  return { count: Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])), cases: {} };
}

function addToRule(rules, rule, verdict) {
  rules[rule] ??= { right: 0, of: 0 };
  if (verdict === 'none' || verdict === 'design') return;
  rules[rule].of += 1;
  if (verdict === 'right') rules[rule].right += 1;
}

/** A token that is not accepted is refused, for whatever reason. */
export function verdictOf({ id, rule, must, outcome }, differences) {
  if (outcome === 'none') return 'none';
  if ((outcome === 'accept') === (must === 'accept')) return 'right';
  if (isDesign(differences, { rule, id })) return 'design';
  return outcome === 'accept' ? 'accepted' : 'refused';
}

function isDesign(differences, { rule, id }) {
  return differences.some((one) => one.rule === rule && (one.cases?.includes(id) ?? true));
}

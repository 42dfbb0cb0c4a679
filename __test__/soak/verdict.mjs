// @ts-nocheck: written without types.
// What a part of the soak comes to: counts, and what was wrong.
import { groupBy } from './chance.mjs';
import { CLIENT_ID, ISSUER } from './history.mjs';
import { wrongLabels } from './labels.mjs';
import { ACCEPTED, createOracle } from './oracle.mjs';

/**
 * @param {any} history
 * @param {object[]} calls
 * @param {(call: object) => string} how a call was made, in words
 */
export async function conclude(history, calls, how) {
  const labels = await wrongLabels({ ...history, clientId: CLIENT_ID, issuer: ISSUER });
  const oracle = createOracle(history);
  const wrong = [...labels, ...oracle.judgeRequests()];
  for (const call of calls) {
    const why = oracle.judge(call);
    if (why !== undefined) wrong.push(`${how(call)}: ${why}`);
  }
  const { answers, landings, sets, stalls, tokens } = history;
  const waits = waitsForKeys(history, calls, oracle);
  const lines = [
    `calls: ${calls.length} (${count(calls, ({ token }) => tokens[token].kind)})`,
    `outcomes: ${count(calls, ({ outcome }) => outcome)}`,
    `requests: ${answers.length} (${count(answers, ({ fault }) => fault)})`,
    `landings: ${landings.length} (${count(landings, ({ outcome, code }) => code ?? outcome)})`,
    `rotations: ${sets.length}, keys picked up: ${waits.length}, after ${ms(waits[waits.length >> 1])} (median), ${ms(waits.at(-1))} (longest)`,
    `stalls of a thread: ${stalls.length}`,
  ];
  // A run in which nothing happened has shown nothing.
  const isEmpty = calls.length === 0 || sets.length < 2 || waits.length === 0;
  if (isEmpty) wrong.push('nothing happened');
  return { lines, wrong };
}

/** Milliseconds from the publication of a key to the first token that was accepted under it. */
function waitsForKeys({ tokens }, calls, { publishedSince }) {
  const pickedUp = new Map();
  for (const call of calls.toSorted((one, other) => one.endedAt - other.endedAt)) {
    const truth = tokens[call.token];
    const { signer } = truth;
    if (call.outcome !== ACCEPTED || pickedUp.has(signer)) continue;
    const since = publishedSince(call.source, truth, call.endedAt);
    if (since !== undefined) pickedUp.set(signer, call.endedAt - since);
  }
  return [...pickedUp.values()].toSorted((one, other) => one - other);
}

function count(list, of) {
  return Object.entries(groupBy(list, of))
    .map(([name, { length }]) => `${name} ${length}`)
    .join(', ');
}

function ms(value = 0) {
  return `${value.toFixed()} ms`;
}

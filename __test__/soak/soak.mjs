// @ts-nocheck: written without types.
// `npm run soak -- --seconds 120 --seed 1`: keys that rotate every 3 s, a key server that fails at
// random, callers in the main thread and two workers, one of which ends now and then; and an oracle
// (oracle.mjs says what it holds for right) that judges every call. Exits with 1 on a violation.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { CALLERS, callForever } from './caller.mjs';
import { groupBy } from './chance.mjs';
import { createWorkosVerifier } from 'verify-workos-token';
import { collectLandings } from './landings.mjs';
import { createOracle } from './oracle.mjs';

const CLIENT_ID = 'client_soak';
const ISSUER = `https://api.workos.com/user_management/${CLIENT_ID}`;
const CALLERS_IN_WORKERS = 2;
const WORKER_LIFE_MS = 20_000;
const LONGEST_REQUEST_MS = 1_000;
const MOST_SHOWN = 20;

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '120' }, seed: { type: 'string' } },
});
const seconds = Number(values.seconds);
const seed = Number(values.seed ?? randomInt(2 ** 31));
if (!(seconds > 0) || !Number.isSafeInteger(seed)) throw new Error('--seconds N --seed N');
console.log(`soak: ${seconds} s, --seed ${seed}`);

const landings = collectLandings();
const history = { tokens: [], keys: [], sets: [], answers: [], landings, stalls: [] };
const calls = [];
const callers = new Set();

const world = startWorker(
  'world.mjs',
  { seed, clientId: CLIENT_ID, issuer: ISSUER },
  {
    stall: (stall) => history.stalls.push(stall),
    key: (key) => history.keys.push(key),
    published: (set) => history.sets.push(set),
    answer: (answer) => history.answers.push(answer),
    tokens(tokens) {
      history.tokens.push(...tokens);
      for (const caller of callers) caller.postMessage({ tokens });
    },
  },
);
const port = await new Promise((resolve) => {
  world.on('message', ({ ready }) => ready && resolve(ready.port));
});

/** Any call tells of what happened until then; the first is where that begins. */
const { stats: tell } = createWorkosVerifier({
  clientId: CLIENT_ID,
  jwksUrl: `http://127.0.0.1:${port}/a`,
});
tell();

const stop = new AbortController();
const report = (batch) => calls.push(...batch);
const onStall = (stall) => history.stalls.push(stall);
const shared = { port, clientId: CLIENT_ID };
const running = [
  callForever({ ...shared, seed, tokens: history.tokens, signal: stop.signal, report, onStall }),
  ...Array.from({ length: CALLERS_IN_WORKERS }, (_, index) => callInWorkers(index + 1)),
];
await sleep(seconds * 1_000);
stop.abort();
await Promise.all(running);
// What is under way ends, and is told of.
await sleep(LONGEST_REQUEST_MS);
tell();
const ended = once(world, 'exit');
world.postMessage('stop');
await ended;
await conclude();

/** One caller in a worker after the other: each but the last is terminated with calls in flight. */
async function callInWorkers(number) {
  for (let life = 0; !stop.signal.aborted; life += 1) {
    const { tokens } = history;
    const data = { ...shared, isCaller: true, seed: seed + number * 1_000 + life, tokens };
    const caller = startWorker('caller.mjs', data, { calls: report, stall: onStall });
    callers.add(caller);
    const exit = once(caller, 'exit');
    await sleep(WORKER_LIFE_MS, undefined, { signal: stop.signal }).catch(() => {});
    callers.delete(caller);
    if (stop.signal.aborted) caller.postMessage('stop');
    else await caller.terminate();
    await exit;
  }
}

function startWorker(file, workerData, handlers) {
  const worker = new Worker(new URL(file, import.meta.url), { workerData });
  worker.on('message', (message) => {
    for (const [name, value] of Object.entries(message)) handlers[name]?.(value);
  });
  worker.on('error', (error) => {
    throw error;
  });
  return worker;
}

async function conclude() {
  const oracle = createOracle({
    ...history,
    clientId: CLIENT_ID,
    issuer: ISSUER,
    callers: CALLERS,
  });
  const violations = oracle.judgeRequests();
  const outcomes = {};
  const pickedUp = new Map();
  let good = 0;
  for (const call of calls.toSorted((one, other) => one.endedAt - other.endedAt)) {
    const { source, caller, token, sync, outcome } = call;
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    const wrong = await oracle.judge(call);
    const how = `${sync ? 'verifySync' : 'verify'} at ${source}, caller ${caller}, token ${token}`;
    if (wrong) violations.push(`${how}: ${wrong}`);
    const key = await oracle.genuine(source, token);
    if (key !== undefined) good += 1;
    if (outcome === 'user_1' && !pickedUp.has(key)) {
      const since = oracle.publishedSince(source, key, call.endedAt);
      if (since !== undefined) pickedUp.set(key, call.endedAt - since);
    }
  }
  const count = (list, of) =>
    Object.entries(groupBy(list, of))
      .map(([name, { length }]) => `${name} ${length}`)
      .join(', ');
  const waits = [...pickedUp.values()].toSorted((one, other) => one - other);
  const ms = (value = 0) => `${value.toFixed()} ms`;
  console.log(`calls: ${calls.length}, of good tokens: ${good}`);
  console.log(
    `outcomes: ${Object.entries(outcomes)
      .map(([name, number]) => `${name} ${number}`)
      .join(', ')}`,
  );
  console.log(
    `requests: ${history.answers.length} (${count(history.answers, ({ fault }) => fault)})`,
  );
  console.log(
    `landings: ${landings.length} (${count(landings, ({ outcome, code }) => code ?? outcome)})`,
  );
  console.log(
    `rotations: ${history.sets.length}, keys picked up: ${waits.length}, after ${ms(waits[waits.length >> 1])} (median), ${ms(waits.at(-1))} (longest)`,
  );
  console.log(`stalls of a thread: ${history.stalls.length}`);
  for (const violation of violations.slice(0, MOST_SHOWN)) console.error(violation);
  console.log(`violations: ${violations.length}`);
  // A run in which nothing happened has shown nothing.
  const isEmpty = good === 0 || history.sets.length < 2 || pickedUp.size === 0;
  process.exitCode = violations.length > 0 || isEmpty ? 1 : 0;
}

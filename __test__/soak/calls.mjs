// @ts-nocheck: written without types.
// The part `calls`: callers in the main thread and two workers, one of which ends now and then.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWorkosVerifier } from 'verify-workos-token';
import { CALLERS, callForever } from './caller.mjs';
import { CLIENT_ID, LONGEST_REQUEST_MS, startWorker, startWorld } from './history.mjs';
import { collectLandings } from './landings.mjs';
import { conclude } from './verdict.mjs';

const CALLERS_IN_WORKERS = 2;
const WORKER_LIFE_MS = 20_000;

/** @param {{ seconds: number, seed: number }} run */
export async function runCalls({ seconds, seed }) {
  const landings = collectLandings();
  const callers = new Set();
  const tellCallers = ({ tokens }) => {
    if (tokens) for (const caller of callers) caller.postMessage({ tokens });
  };
  const { history, port, stop } = await startWorld(seed, tellCallers);
  const calls = [];
  const stopping = new AbortController();
  const run = {
    seed,
    history,
    callers,
    shared: { port, clientId: CLIENT_ID },
    signal: stopping.signal,
    report: (batch) => calls.push(...batch),
    onStall: (stall) => history.stalls.push(stall),
  };
  const tell = teller(port);
  const running = [
    callForever({ ...run, ...run.shared, tokens: history.tokens }),
    ...Array.from({ length: CALLERS_IN_WORKERS }, (_, index) => callInWorkers(run, index + 1)),
  ];
  await sleep(seconds * 1_000);
  stopping.abort();
  await Promise.all(running);
  // What is under way ends, and is told of.
  await sleep(LONGEST_REQUEST_MS);
  tell();
  await stop();
  const how = ({ sync, source, caller, token }) =>
    `${sync ? 'verifySync' : 'verify'} at ${source}, caller ${caller}, token ${token}`;
  return conclude({ ...history, landings, callers: CALLERS }, calls, how);
}

/** Any call tells of what happened until then; the first is where that begins. */
function teller(port) {
  const jwksUrl = `http://127.0.0.1:${port}/a`;
  const { stats } = createWorkosVerifier({ clientId: CLIENT_ID, jwksUrl });
  stats();
  return stats;
}

/** One caller in a worker after the other: each but the last is terminated with calls in flight. */
async function callInWorkers({ seed, history, callers, shared, signal, report, onStall }, number) {
  for (let life = 0; !signal.aborted; life += 1) {
    const { tokens } = history;
    const data = { ...shared, isCaller: true, seed: seed + number * 1_000 + life, tokens };
    const caller = startWorker('caller.mjs', data, { calls: report, stall: onStall });
    callers.add(caller);
    const exit = once(caller, 'exit');
    await sleep(WORKER_LIFE_MS, undefined, { signal }).catch(() => {});
    callers.delete(caller);
    if (signal.aborted) caller.postMessage('stop');
    else await caller.terminate();
    await exit;
  }
}

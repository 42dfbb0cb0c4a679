// @ts-nocheck: written without types.
// Calls without end: in the main thread and in workers alike.
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { createWorkosVerifier, verifyWorkosToken } from 'verify-workos-token';
import { createChance, now, watchForStalls } from './chance.mjs';

/** Callers of one source share its keys in memory, whatever limits each has. */
export const CALLERS = [
  ...['a', 'b'].flatMap((source) => [
    { source, maxAgeSeconds: 1, staleIfErrorSeconds: 0, cooldownSeconds: 1, timeoutMs: 600 },
    { source, maxAgeSeconds: 2, staleIfErrorSeconds: 4, cooldownSeconds: 1, timeoutMs: 600 },
    { source, maxAgeSeconds: 5, staleIfErrorSeconds: 60, cooldownSeconds: 2, timeoutMs: 900 },
  ]),
  // At c nothing but an unknown kid brings a new set; at d no kid is ever unknown, and nothing but a
  // refresh does.
  { source: 'c', maxAgeSeconds: 600, staleIfErrorSeconds: 60, cooldownSeconds: 1, timeoutMs: 600 },
  { source: 'd', maxAgeSeconds: 1, staleIfErrorSeconds: 4, cooldownSeconds: 1, timeoutMs: 600 },
];
export const ALGORITHMS = ['RS256', 'ES256'];
const NEWEST = 150;

/**
 * Calls until `signal` aborts. `report` gets what each call came to, in batches.
 *
 * @param {{ seed: number, port: number, clientId: string, tokens: object[], signal: AbortSignal,
 *   report: (calls: object[]) => void, onStall: (stall: object) => void }} run
 */
export async function callForever({ seed, port, clientId, tokens, signal, report, onStall }) {
  const chance = createChance(seed);
  const stopWatching = watchForStalls(onStall);
  const targets = CALLERS.map(({ source, ...jwksCache }, caller) => {
    const jwksUrl = `http://127.0.0.1:${port}/${source}`;
    const options = { clientId, jwksUrl, jwksCache, algorithms: ALGORITHMS };
    return { source, caller, options, verifier: createWorkosVerifier(options) };
  });
  const batch = [];
  const pending = new Set();

  const call = (token, { source, caller, options, verifier }) => {
    const sync = chance.happens(0.2);
    const record = { source, caller, token, sync, startedAt: now() };
    const note = (outcome) => batch.push({ ...record, outcome, endedAt: now() });
    if (sync) {
      try {
        return note(verifier.verifySync(tokens[token].text).sub);
      } catch ({ code }) {
        return note(code);
      }
    }
    const text = tokens[token].text;
    const started = chance.happens(0.5) ? verifier.verify(text) : verifyWorkosToken(text, options);
    const settled = started.then(
      ({ sub }) => note(sub),
      ({ code }) => note(code ?? 'NO_CODE'),
    );
    pending.add(settled);
    settled.then(() => pending.delete(settled));
  };

  while (!signal.aborted) {
    const burst = chance.happens(0.01) ? 300 : chance.between(2, 25);
    const target = chance.pick(targets);
    for (let count = 0; count < burst; count += 1) {
      const oldest = chance.happens(0.3) ? 0 : Math.max(0, tokens.length - NEWEST);
      const token = chance.between(oldest, tokens.length - 1);
      if (isWorthACall(tokens[token], target, chance)) call(token, target);
    }
    if (batch.length >= 500) report(batch.splice(0));
    await sleep(chance.between(2, 12));
  }
  await Promise.all(pending);
  stopWatching();
  report(batch);
}

/** Bad ones are rarer than good ones; one that is good at another source is one of them. */
function isWorthACall({ source, kind, text }, target, chance) {
  if (text === undefined) return false;
  const isOwn = source === target.source;
  if (kind === 'hot' && isOwn) return true;
  return chance.happens(0.05) && (target.source !== 'd' || (isOwn && kind !== 'unknown'));
}

if (workerData?.isCaller) {
  const stop = new AbortController();
  const { tokens } = workerData;
  parentPort.on('message', (message) => {
    if (message.tokens) tokens.push(...message.tokens);
    else stop.abort();
  });
  await callForever({
    ...workerData,
    signal: stop.signal,
    report: (calls) => parentPort.postMessage({ calls }),
    onStall: (stall) => parentPort.postMessage({ stall }),
  });
  parentPort.close();
}

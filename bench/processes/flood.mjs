// @ts-nocheck: written without types.
// What one caller waits while floods of new tokens come: a token at a random moment of each interval
// between two floods.
import { percentile } from '../report/statistics.mjs';

const FLOOD = 64;
const INTERVAL_MS = 4;
/** Made beforehand, so that no strings are made between the floods; more than the caches hold. */
const STRINGS = 8_192;

let strings;
let next = 0;

/** Microseconds. */
export async function waitsInFloods(verify, supply, { milliseconds }) {
  strings ??= supply.take('good', STRINGS);
  const waits = [];
  const pending = [];
  const start = performance.now();
  for (let at = start; at < start + milliseconds; at += INTERVAL_MS) {
    await until(at);
    for (let count = 0; count < FLOOD; count += 1) pending.push(verify(take()));
    await until(at + Math.random() * INTERVAL_MS);
    pending.push(timed(verify, take(), waits));
  }
  await Promise.all(pending);
  const sorted = waits.toSorted((a, b) => a - b);
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
}

async function timed(verify, token, waits) {
  const before = performance.now();
  await verify(token);
  waits.push((performance.now() - before) * 1_000);
}

/** Timers are not that exact; the loop turns meanwhile. */
async function until(moment) {
  while (performance.now() < moment) await new Promise((resolve) => setImmediate(resolve));
}

function take() {
  next = (next + 1) % STRINGS;
  return strings[next];
}

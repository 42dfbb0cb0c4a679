// @ts-nocheck: written without types.
// The requests for the keys, as the events of the package tell of them: when each began and ended, on
// the clock of the run, what it brought and how long it delays the next. And whether the server agrees.
import { tracingChannel } from 'node:diagnostics_channel';
import { groupBy, now } from './chance.mjs';

/** By how much the clock of the events and the run's may differ. */
export const CLOCKS_MS = 3;
const SAMPLES = 20;

/** What is added to milliseconds of Unix time to get the run's. */
function offset() {
  const samples = Array.from({ length: SAMPLES }, () => {
    const before = Date.now();
    let wall = before;
    while (wall === before) wall = Date.now();
    return now() - wall;
  });
  // Right after a tick the difference is the smallest: whoever was held up in between has more.
  return Math.min(...samples);
}

/** Collects what is told from now on. Somebody must go on making calls in this thread. */
export function collectLandings() {
  const shift = offset();
  const landings = [];
  const sourceOf = (url) => new URL(url).pathname.slice(1);
  const open = new Map();
  const listeners = {
    end(event) {
      if (event.event !== 'back-off') return;
      const landing = open.get(event.entry);
      if (landing?.request === event.request) landing.pauseMs = event.pauseMs;
    },
    asyncEnd({ entry, request, jwksUrl, startedAt, endedAt, outcome, code, sequence }) {
      const landing = { source: sourceOf(jwksUrl), request, sequence, outcome, code, pauseMs: 0 };
      landing.startedAt = startedAt + shift;
      landing.endedAt = endedAt + shift;
      landing.isTaken = outcome !== 'failed';
      open.set(entry, landing);
      landings.push(landing);
    },
  };
  tracingChannel('verify-workos-token.jwks').subscribe(listeners);
  return landings;
}

/**
 * The requests of each source in order, those that were taken with the set that they brought; and
 * where events and server disagree.
 */
export function matchLandings(landings, answers, margin) {
  const bySource = groupBy(landings, ({ source }) => source);
  const wrong = [];
  for (const [source, list] of Object.entries(bySource)) {
    list.sort((one, other) => one.request - other.request);
    const seen = answers
      .filter((answer) => answer.source === source)
      .toSorted((one, other) => one.arrivedAt - other.arrivedAt);
    const server = { seen, late: 0 };
    for (const [index, landing] of list.entries()) {
      if (landing.request !== index + 1) wrong.push(`${source}: no event of request ${index + 1}`);
      match(landing, server, wrong, margin);
    }
    wrong.push(...judgeOrder(source, list));
  }
  return { bySource, wrong };
}

/**
 * No other request of the source is under way meanwhile: what arrived then is this one. But a request
 * that was given up before the server has seen it may still be seen later, also during another.
 */
function match(landing, server, wrong, margin) {
  const { source, request, startedAt, endedAt, isTaken } = landing;
  const { seen } = server;
  while (seen[0]?.arrivedAt < startedAt - CLOCKS_MS) seen.shift();
  const within = seen.filter(({ arrivedAt }) => arrivedAt < endedAt + CLOCKS_MS);
  const slack = margin(startedAt, endedAt);
  const answer = isTaken ? within.find((one) => isWhole(one, endedAt + slack)) : within[0];
  if (within.length === 0 && !isTaken) server.late += 1;
  // At the edges it may belong to the next.
  const sure = within.filter(({ arrivedAt }) => arrivedAt < endedAt - CLOCKS_MS).length;
  seen.splice(0, Math.max(sure, within.indexOf(answer) + 1));
  const extra = Math.max(0, sure - 1);
  if (extra > server.late) wrong.push(`${source}: request ${request} arrived twice`);
  server.late -= Math.min(extra, server.late);
  if (!isTaken) return;
  if (answer === undefined) wrong.push(notSent(landing, within));
  landing.set = answer?.set;
}

function isWhole({ isGood, finishedAt }, until) {
  return isGood && finishedAt < until;
}

function notSent({ source, request, endedAt }, arrived) {
  const sent = arrived.map(
    ({ fault, finishedAt }) => `${fault}, sent ${(finishedAt - endedAt).toFixed()} ms after`,
  );
  return `${source}: request ${request} took what the server did not send: ${sent.join('; ') || 'nothing'}`;
}

/** One request at a time, and none before the pause is over that the last one asks for. */
function judgeOrder(source, list) {
  const wrong = [];
  for (const [index, next] of list.entries()) {
    const last = list[index - 1];
    if (last === undefined) continue;
    const gapMs = next.startedAt - last.endedAt;
    if (gapMs < last.pauseMs - CLOCKS_MS)
      wrong.push(`${source}: asked ${gapMs.toFixed(1)} ms after ${last.code}, ${last.pauseMs} due`);
  }
  return wrong;
}

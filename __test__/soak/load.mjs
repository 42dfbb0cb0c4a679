// @ts-nocheck: written without types.
// A process that keeps connections busy, one request at a time on each, and tells what each came to.
import { connect } from 'node:net';
import { percentile } from '../../bench/report/statistics.mjs';
import { createChance, now, watchForStalls } from './chance.mjs';
import { tellParent } from './child.mjs';
import { CLIENT_ID, ISSUER } from './history.mjs';
import { createMix } from './mix.mjs';
import { outcomeOf, readResponse } from './response.mjs';

const CONNECTIONS = 64;
const BATCH = 2_000;
const PERCENTILES = { p50: 0.5, p99: 0.99, p999: 0.999 };

let mix;
let stopping = false;

process.on('message', async ({ begin, tokens, key, load, stop }) => {
  if (begin)
    mix = createMix(createChance(begin.seed), { clientId: CLIENT_ID, issuer: ISSUER, ...begin });
  if (tokens) mix.add(tokens);
  if (key) mix.addKey(key);
  if (stop) stopping = true;
  if (load) process.send({ done: await keepAllBusy(load) });
});
process.on('disconnect', () => process.exit());
watchForStalls((stall) => tellParent({ stall }));

/** Until it is stopped, or for so long. */
async function keepAllBusy({ port, milliseconds = Number.POSITIVE_INFINITY, tells = false }) {
  const began = now();
  const run = { port, until: began + milliseconds, batch: [], latencies: [], statuses: {} };
  run.note = tells ? (call) => tell(run.batch, call) : (call) => measure(run, call);
  await Promise.all(Array.from({ length: CONNECTIONS }, () => keepBusy(run)));
  if (tells) process.send({ calls: run.batch });
  const sorted = run.latencies.toSorted((one, other) => one - other);
  const entries = Object.entries(PERCENTILES).map(([name, at]) => [name, percentile(sorted, at)]);
  const perSecond = sorted.length / ((now() - began) / 1_000);
  return { perSecond, statuses: run.statuses, ...Object.fromEntries(entries) };
}

/** In batches: a message costs more than a request. */
function tell(batch, { caller, token, startedAt, endedAt, response, jti }) {
  batch.push({ caller, token, startedAt, endedAt, outcome: outcomeOf(response, jti) });
  if (batch.length >= BATCH) process.send({ calls: batch.splice(0) });
}

function measure({ latencies, statuses }, { kind, startedAt, endedAt, response }) {
  latencies.push(endedAt - startedAt);
  const what = `${kind} ${response.status}`;
  statuses[what] = (statuses[what] ?? 0) + 1;
}

function keepBusy({ port, until, note }) {
  return new Promise((resolve, reject) => {
    let request;
    let received = '';
    const socket = connect(port, '127.0.0.1').setNoDelay();
    const send = () => {
      request = mix.next();
      request.startedAt = now();
      socket.write(textOf(request));
    };
    socket.once('connect', send).on('error', reject);
    socket.on('close', () => reject(new Error('the server closed a connection')));
    socket.setEncoding('latin1').on('data', (text) => {
      received += text;
      const response = readResponse(received);
      if (response === undefined) return;
      received = '';
      const endedAt = now();
      note({ ...request, endedAt, response });
      if (!stopping && endedAt < until) return send();
      socket.removeAllListeners('close').destroy();
      resolve();
    });
  });
}

function textOf({ caller, text }) {
  const credentials = text === undefined ? '' : `Authorization: Bearer ${text}\r\n`;
  return `GET /${caller} HTTP/1.1\r\nHost: localhost\r\n${credentials}\r\n`;
}

// @ts-nocheck: written without types.
// The part `server`: an Express server under as many requests as it can take, while keys rotate and
// their server fails. Each response is judged, and the server's memory must stay within a bound.
import { setTimeout as sleep } from 'node:timers/promises';
import { installPeers } from '../../scripts/peers.mjs';
import { ALGORITHMS, CALLERS } from './caller.mjs';
import { startProcess } from './child.mjs';
import { CLIENT_ID, LONGEST_REQUEST_MS, startWorld } from './history.mjs';
import { judgeMemory, TOKENS_JUDGED } from './memory.mjs';
import { conclude } from './verdict.mjs';

const PROGRESS_MS = 200;
/** A slow machine gets so much longer to come to the number of tokens whose memory is judged. */
const LONGEST_FACTOR = 3;
/** Below this, there is not the time to come to it. */
const SHORT_SECONDS = 45;

/** @param {{ seconds: number, seed: number }} run */
export async function runServer({ seconds, seed }) {
  installPeers('conformance');
  let tellLoad = () => {};
  const { history, port, stop } = await startWorld(seed, (news) => tellLoad(news));
  const calls = [];
  const stall = (one) => history.stalls.push(one);
  const server = startServer({ stall });
  const routes = routesTo(port);
  const { port: serverPort } = await server.ask({ check: 'verify-workos-token', routes }, 'ready');
  const load = startLoad({ seed, history, stall, calls: (batch) => calls.push(...batch) });
  tellLoad = load.send;
  const done = load.ask({ load: { port: serverPort, tells: true } }, 'done');
  await untilOver(server, seconds);
  load.send({ stop: true });
  await done;
  tellLoad = () => {};
  // What is under way ends, and is told of.
  await sleep(LONGEST_REQUEST_MS);
  const { landings, samples } = await server.ask('stop', 'ended');
  load.end();
  await stop();
  return judge({ ...history, landings, callers: CALLERS }, calls, samples);
}

/** The options of each caller's route. */
function routesTo(port) {
  return CALLERS.map(({ source, ...jwksCache }) => ({
    clientId: CLIENT_ID,
    jwksUrl: `http://127.0.0.1:${port}/${source}`,
    jwksCache,
    algorithms: ALGORITHMS,
  }));
}

/** It knows what has been made so far, and must be told of what is made from now on. */
function startLoad({ seed, history, stall, calls }) {
  const load = startProcess('load.mjs', { handlers: { stall, calls } });
  load.send({ begin: { seed, callers: CALLERS } });
  for (const key of history.keys) load.send({ key });
  load.send({ tokens: history.tokens });
  return load;
}

/** A server process; its young generation is fixed, since it grows in steps otherwise. */
export function startServer(handlers = {}) {
  const semiSpace = ['--min-semi-space-size=16', '--max-semi-space-size=16'];
  return startProcess('express-server.mjs', { execArgv: ['--expose-gc', ...semiSpace], handlers });
}

/** Until the time is over and, if there is time for that, enough tokens have come. */
async function untilOver(server, seconds) {
  const began = performance.now();
  const wanted = seconds < SHORT_SECONDS ? 0 : TOKENS_JUDGED;
  for (;;) {
    await sleep(PROGRESS_MS);
    const passed = (performance.now() - began) / 1_000;
    if (passed < seconds) continue;
    if (passed >= seconds * LONGEST_FACTOR) return;
    if ((await server.ask('progress', 'progress')) >= wanted) return;
  }
}

async function judge(history, calls, samples) {
  const judged = calls.map((call) => ({ ...call, source: CALLERS[call.caller].source }));
  const how = ({ caller, token, startedAt }) =>
    `caller ${caller}, token ${token} (${history.tokens[token].kind}) at ${startedAt.toFixed()}`;
  const { lines, wrong } = await conclude(history, judged, how);
  const memory = judgeMemory(samples);
  return { lines: [...lines, memory.line], wrong: [...wrong, ...memory.wrong] };
}

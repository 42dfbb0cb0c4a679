// One contender in a process of its own, as a server would have it: its heap, its garbage and its
// threads are nobody else's. It works when it is asked to and is idle while others have their turn.
import { readFileSync } from 'node:fs';
import { answerQuestions } from './child.mjs';
import { eventLoopDelay } from './event-loop-delay.mjs';
import { waitsInFloods } from './flood.mjs';
import { reading } from './readings.mjs';
import { createSupply } from './supply.mjs';

const IN_FLIGHT = 64;
/** Bounds what is held in strings at once; more tokens than that make no turn more exact. */
const TURN_TOKENS_MAX = 4_096;
const FIRST_TURN_TOKENS = 128;

const WAYS = {
  'one-after-another': { tokens: 'good', run: oneAfterAnother },
  'in-flight': { tokens: 'good', run: inFlight },
  hot: { tokens: 'hot', run: oneAfterAnother },
  accept: { tokens: 'good', run: oneAfterAnother },
  tampered: { tokens: 'tampered', run: refusals },
  expired: { tokens: 'expired', run: refusals },
  unknownKid: { tokens: 'unknownKid', run: refusals },
};

let verify;
let supply;
/** Microseconds per token at the last turn, by way. */
const known = {};

answerQuestions(async (question) => {
  if (question.contender !== undefined) return begin(question);
  if (question.way === 'delay') return eventLoopDelay(verify, supply, question);
  if (question.way === 'flood') return waitsInFloods(verify, supply, question);
  return turn(question);
});

async function begin({ contender, input, tokensFile }) {
  const { create } = await import(`../contenders/${contender}.mjs`);
  verify = create(input);
  supply = createSupply(JSON.parse(readFileSync(tokensFile, 'utf8')));
  await verify(supply.take('good', 1)[0]);
}

/** As many tokens as take about so long. */
async function turn({ way, milliseconds }) {
  const { tokens, run } = WAYS[way];
  const wanted = known[way] === undefined ? FIRST_TURN_TOKENS : (milliseconds * 1_000) / known[way];
  const full = Math.max(1, Math.round(Math.min(wanted, TURN_TOKENS_MAX) / IN_FLIGHT));
  const batch = supply.take(tokens, full * IN_FLIGHT);
  const before = reading();
  await run(batch);
  const after = reading();
  const each = (name) => (after[name] - before[name]) / batch.length;
  known[way] = Math.max(each('wall'), 0.01);
  return {
    wall: each('wall'),
    main: each('main'),
    total: each('total'),
    tokens: batch.length,
  };
}

async function oneAfterAnother(batch) {
  for (const token of batch) await verify(token);
}

async function inFlight(batch) {
  for (let start = 0; start < batch.length; start += IN_FLIGHT) {
    await Promise.all(batch.slice(start, start + IN_FLIGHT).map((token) => verify(token)));
  }
}

async function refusals(batch) {
  let accepted = 0;
  for (const token of batch) {
    try {
      await verify(token);
      accepted += 1;
    } catch {}
  }
  if (accepted > 0) throw new Error(`${accepted} bad tokens were accepted`);
}

import { readFileSync } from 'node:fs';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { createWorkosVerifier } from '../../index.js';
import { answerQuestions } from './child.mjs';
import { createSupply } from './supply.mjs';

const WARM_UP_TOKENS = 1_000;

const MAKERS = {
  verifier: ({ clientId, jwksUrl }, maxAgeSeconds) =>
    createWorkosVerifier({ clientId, jwksUrl, jwksCache: { maxAgeSeconds } }).verify,
  jose({ issuer, audience, jwksUrl }, maxAgeSeconds) {
    const keys = createRemoteJWKSet(new URL(jwksUrl), { cacheMaxAge: maxAgeSeconds * 1_000 });
    return (token) => jwtVerify(token, keys, { issuer, audience, algorithms: ['RS256'] });
  },
};

let verify;
let supply;

answerQuestions(async (question) => {
  if (question.row === undefined) return calls(question.seconds);
  verify = MAKERS[question.row](question.input, question.maxAgeSeconds);
  supply = createSupply(JSON.parse(readFileSync(question.tokensFile, 'utf8')));
  for (const token of supply.take('good', WARM_UP_TOKENS)) await verify(token);
});

/** When each call began, by the clock that all processes share, and how long it took; milliseconds. */
async function calls(seconds) {
  const done = [];
  const pending = new Set();
  const until = now() + seconds * 1_000;
  while (now() < until) {
    const call = timed(supply.take('good', 1)[0], done);
    pending.add(call);
    call.finally(() => pending.delete(call));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(pending);
  return done;
}

async function timed(token, done) {
  const at = now();
  await verify(token);
  done.push({ at, took: now() - at });
}

function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}

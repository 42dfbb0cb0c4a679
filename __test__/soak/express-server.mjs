// @ts-nocheck: written without types.
// A process with an Express server: a route for each caller, behind its check. It tells its parent of
// the requests for keys, of stalls and of its memory.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createWorkosVerifier } from 'verify-workos-token';
import { requireWorkosToken } from 'verify-workos-token/express';
import { watchForStalls } from './chance.mjs';
import { tellParent } from './child.mjs';
import { collectLandings } from './landings.mjs';

const require = createRequire(new URL('../../conformance/package.json', import.meta.url));
const express = require('express');

const CHECKS = {
  none: () => (_request, _response, next) => next(),
  'verify-workos-token': (options) => requireWorkosToken(options),
  'express-oauth2-jwt-bearer': ({ issuer, audience, jwksUrl, algorithms }) =>
    require('express-oauth2-jwt-bearer').auth({
      issuer,
      audience,
      jwksUri: jwksUrl,
      tokenSigningAlg: algorithms[0],
    }),
};

/** So many tokens lie between two looks at the memory. */
const SAMPLED_EVERY = 2_000;

let tokens = 0;
const samples = [];
let landings;
let tell = () => {};

process.on('message', async (question) => {
  if (question.check !== undefined) return process.send({ ready: await serve(question) });
  if (question === 'progress') return process.send({ progress: tokens });
  tell();
  process.send({ ended: { landings, samples } }, () => process.exit());
});
process.on('disconnect', () => process.exit());

/** @param {{ check: string, routes: object[] }} given the options of each route */
async function serve({ check, routes }) {
  if (check === 'verify-workos-token') {
    landings = collectLandings();
    // Any call tells of what happened until then; the first is where that begins.
    tell = createWorkosVerifier(routes[0]).stats;
    tell();
  }
  const app = express();
  app.use((request, _response, next) => {
    if (request.headers.authorization !== undefined) tokens += 1;
    if (tokens % SAMPLED_EVERY === 0 && samples.at(-1)?.tokens !== tokens) samples.push(memory());
    next();
  });
  for (const [route, options] of routes.entries())
    app.get(`/${route}`, CHECKS[check](options), respond);
  // An error of a check: express-oauth2-jwt-bearer leaves the response to the application.
  app.use((error, _request, response, _next) =>
    response
      .status(error.status ?? 500)
      .set(error.headers ?? {})
      .json({ code: error.code }),
  );
  watchForStalls((stall) => tellParent({ stall }));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: server.address().port };
}

function respond(request, response) {
  const { sub, jti } = request.workos?.claims ?? request.auth?.payload ?? {};
  response.json({ sub, jti });
}

/** Megabytes outside of V8's heap, after a collection: V8 keeps garbage for as long as it likes. */
function memory() {
  globalThis.gc?.();
  const { rss, heapTotal } = process.memoryUsage();
  return { tokens, megabytes: (rss - heapTotal) / 1e6 };
}

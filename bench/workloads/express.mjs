// @ts-nocheck: written without types.
// An Express 5 server with and without a check of the token, under a load from another process.
import { startChild } from '../processes/child.mjs';
import { inTurns } from './rounds.mjs';

const NEW = 'good';
const HOT = 'hot';
/** By row: the middleware, and whether tokens are new at each request. */
const VARIANTS = {
  'no check': { middleware: 'none', tokens: NEW },
  'async middleware that reads the header': { middleware: 'header', tokens: NEW },
  'verify-workos-token, new tokens': { middleware: 'verify-workos-token', tokens: NEW },
  'verify-workos-token, 100 tokens': { middleware: 'verify-workos-token', tokens: HOT },
  'express-oauth2-jwt-bearer, new tokens': { middleware: 'express-oauth2-jwt-bearer', tokens: NEW },
  'express-oauth2-jwt-bearer, 100 tokens': { middleware: 'express-oauth2-jwt-bearer', tokens: HOT },
};

export const express = {
  id: 'express',
  title: 'An Express 5 server under load',
  metrics: {
    requestsPerSecond: 'requests/s',
    p50: 'p50, ms',
    p99: 'p99, ms',
    cpu: 'server CPU, µs per request',
  },
  reference: 'no check',
  note: '32 connections from another process, each with one request at a time. Every request carries a token, even if nothing reads it. The second row is what any asynchronous middleware costs that reads the header and checks nothing.',
  async run(world) {
    const { input, tokensFile, settings } = world;
    const load = await startChild('./load.mjs', { tokensFile });
    const servers = new Map();
    try {
      for (const { middleware } of Object.values(VARIANTS)) {
        if (servers.has(middleware)) continue;
        servers.set(middleware, await startChild('./express-server.mjs', { middleware, input }));
      }
      return await inTurns(settings.express, Object.keys(VARIANTS), async (row) => {
        const { middleware, tokens } = VARIANTS[row];
        return requests(load, servers.get(middleware), tokens, settings.express.milliseconds);
      });
    } finally {
      await Promise.all([load, ...servers.values()].map(({ stop }) => stop()));
    }
  },
};

async function requests(load, server, tokens, milliseconds) {
  const before = await server.ask('cpu');
  const { port } = server.ready;
  const { count, seconds, p50, p99 } = await load.ask({ port, tokens, milliseconds });
  const cpu = ((await server.ask('cpu')) - before) / count;
  return { requestsPerSecond: count / seconds, p50, p99, cpu };
}

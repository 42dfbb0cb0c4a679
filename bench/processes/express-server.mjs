import express from 'express';
import { answerQuestions } from './child.mjs';

const MIDDLEWARES = {
  none: async () => undefined,
  header: async () => async (request, _response, next) => {
    request.token = await request.headers.authorization.slice('Bearer '.length);
    next();
  },
  'verify-workos-token': async ({ clientId, jwksUrl }) => {
    const { requireWorkosToken } = await import('../../entries/express.js');
    return requireWorkosToken({ clientId, jwksUrl });
  },
  'express-oauth2-jwt-bearer': async ({ issuer, audience, jwksUrl }) => {
    const { auth } = await import('express-oauth2-jwt-bearer');
    return auth({ issuer, audience, jwksUri: jwksUrl, tokenSigningAlg: 'RS256' });
  },
};

answerQuestions(async (question) => {
  if (question === 'cpu') return cpu();
  const app = express();
  const middleware = await MIDDLEWARES[question.middleware](question.input);
  if (middleware !== undefined) app.use(middleware);
  app.get('/', (_request, response) => response.json({ ok: true }));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { port: server.address().port };
});

/** Microseconds of the process so far. */
function cpu() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

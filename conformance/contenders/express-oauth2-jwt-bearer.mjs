import { auth } from 'express-oauth2-jwt-bearer';
import { requestWith } from '../../bench/express-request.mjs';

// Its middleware, called as Express would with the least of a request that it reads.
export function create({ issuer, audience, jwksUrl, algorithms, clockTolerance }) {
  const middleware = auth({
    issuer,
    audience,
    jwksUri: jwksUrl,
    tokenSigningAlg: algorithms[0],
    clockTolerance,
  });
  return (token) =>
    new Promise((resolve, reject) => {
      middleware(requestWith(token), {}, (error) => (error ? reject(error) : resolve()));
    });
}

/** The status that it answers with. */
export function outcomeOf({ status }) {
  return status === 400 || status === 401 || status === 403 ? 'refuse' : 'unavailable';
}

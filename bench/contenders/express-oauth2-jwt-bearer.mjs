import { auth } from 'express-oauth2-jwt-bearer';
import { requestWith } from '../express-request.mjs';

// Its middleware, called as Express would with the least of a request that it reads.
export function create({ issuer, audience, jwksUrl }) {
  const middleware = auth({ issuer, audience, jwksUri: jwksUrl, tokenSigningAlg: 'RS256' });
  return (token) =>
    new Promise((resolve, reject) => {
      const request = requestWith(token);
      middleware(request, {}, (error) => (error ? reject(error) : resolve(request.auth.payload)));
    });
}

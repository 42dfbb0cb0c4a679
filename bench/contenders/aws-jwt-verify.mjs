import { get } from 'node:http';
import { JwtVerifier } from 'aws-jwt-verify';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';

// Its own fetcher speaks https alone; this one does the least that a fetcher can.
export function create({ issuer, audience, jwksUrl }) {
  const jwksCache = new SimpleJwksCache({ fetcher: { fetch: fetchBytes } });
  const verifier = JwtVerifier.create({ issuer, audience, jwksUri: jwksUrl }, { jwksCache });
  return (token) => verifier.verify(token);
}

function fetchBytes(url) {
  return new Promise((resolve, reject) => {
    get(url, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve(new Uint8Array(Buffer.concat(chunks)).buffer));
      response.on('error', reject);
    }).on('error', reject);
  });
}

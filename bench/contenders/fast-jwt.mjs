import { createVerifier } from 'fast-jwt';

// With a fixed key it is synchronous and parses the key once: its fastest way. It has no key sets of
// its own; with a function for a key it would parse the key for each token.
export function create({ issuer, audience, pem }, cache = false) {
  return createVerifier({
    key: pem,
    algorithms: ['RS256'],
    allowedIss: issuer,
    allowedAud: audience,
    cache,
  });
}

// Who takes part, in the order of the tables. Each has a file in contenders/ with `create(setUp)`, which
// returns a function that accepts a token or throws, and `outcomeOf(error)`, which says what its user
// learns from an error: `refuse` (the token is bad) or `unavailable` (the keys are, and the token may
// be good).

/** @typedef {{ rule: string, cases?: readonly string[], why: string, documentation?: string }} Difference what it does by design */

/**
 * @typedef {object} Contender
 * @property {string} id the name of its file
 * @property {string} name
 * @property {readonly string[]} packages what npm installs for it; the first is named with its version
 * @property {string} documentation where the set-up comes from
 * @property {string} setUp
 * @property {readonly string[]} algorithms that it supports
 * @property {boolean} [oneAlgorithm] whether it takes just one of them
 * @property {boolean} [oneIssuer]
 * @property {boolean} [needsAudience] whether it can't be set up without one
 * @property {boolean} [inHeader] whether it takes the token from a request's header
 * @property {readonly Difference[]} differences
 */

const RSA = ['RS256', 'RS384', 'RS512'];
const PSS = ['PS256', 'PS384', 'PS512'];
const ECDSA = ['ES256', 'ES384'];
const COOLDOWN = ['new-key', 'withdrawn-key', 're-keyed', 'outage-in-rotation'];

/** @type {readonly Contender[]} */
export const CONTENDERS = [
  {
    id: 'verify-workos-token',
    name: 'verify-workos-token',
    packages: ['verify-workos-token'],
    documentation: '../README.md#options',
    setUp:
      '`createWorkosVerifier` with `issuer`, `audience`, `jwksUrl`, `algorithms`, `clockToleranceSeconds`',
    algorithms: [...RSA, ...PSS, ...ECDSA, 'EdDSA'],
    differences: [],
  },
  {
    id: 'jose',
    name: 'jose',
    packages: ['jose'],
    documentation: 'https://github.com/panva/jose/blob/main/docs/jwt/verify/functions/jwtVerify.md',
    setUp:
      '`jwtVerify` over `createRemoteJWKSet`, with `issuer`, `audience`, `algorithms`, `requiredClaims` (`exp`, `sub`) and `clockTolerance`',
    algorithms: [...RSA, ...PSS, ...ECDSA, 'EdDSA'],
    differences: [
      {
        rule: 'endpoint',
        cases: COOLDOWN,
        why: 'for 30 s after a request it does not ask again for a key that is missing (`cooldownDuration`)',
        documentation:
          'https://github.com/panva/jose/blob/main/docs/jwks/remote/interfaces/RemoteJWKSetOptions.md',
      },
    ],
  },
  {
    id: 'aws-jwt-verify',
    name: 'aws-jwt-verify',
    packages: ['aws-jwt-verify'],
    documentation:
      'https://github.com/awslabs/aws-jwt-verify#verifying-jwts-from-any-oidc-compatible-idp',
    setUp:
      '`JwtVerifier` with `issuer`, `audience`, `jwksUri`, `graceSeconds`, and a `customJwtCheck` of the algorithm',
    algorithms: [...RSA, ...ECDSA, 'EdDSA'],
    oneIssuer: true,
    differences: [],
  },
  {
    id: 'fast-jwt',
    name: 'fast-jwt + get-jwks',
    packages: ['fast-jwt', 'get-jwks'],
    documentation: 'https://github.com/nearform/get-jwks#fast-jwt',
    setUp:
      '`createVerifier` with a `key` function over `get-jwks`, `allowedIss`, `allowedAud`, `algorithms`, `requiredClaims` (`iss`, `aud`, `exp`, `sub`) and `clockTolerance`',
    algorithms: [...RSA, ...PSS, ...ECDSA],
    differences: [
      {
        rule: 'endpoint',
        cases: ['withdrawn-key', 're-keyed'],
        why: 'get-jwks keeps each key on its own for 60 s (`ttl`)',
        documentation: 'https://github.com/nearform/get-jwks#options',
      },
    ],
  },
  {
    id: 'express-oauth2-jwt-bearer',
    name: 'express-oauth2-jwt-bearer',
    packages: ['express-oauth2-jwt-bearer'],
    documentation: 'https://auth0.github.io/node-oauth2-jwt-bearer/interfaces/AuthOptions.html',
    setUp:
      '`auth` with `issuer`, `audience`, `jwksUri`, `tokenSigningAlg`, `clockTolerance`; not `strict`, which asks for a `typ` that WorkOS does not set',
    algorithms: [...RSA, ...PSS, ...ECDSA, 'EdDSA'],
    oneAlgorithm: true,
    oneIssuer: true,
    needsAudience: true,
    inHeader: true,
    differences: [
      {
        rule: 'endpoint',
        cases: COOLDOWN,
        why: 'for 30 s after a request it does not ask again for a key that is missing (`cooldownDuration`)',
      },
    ],
  },
  {
    id: 'workos-node',
    name: '@workos-inc/node sessions',
    packages: ['@workos-inc/node'],
    documentation: 'https://github.com/workos/workos-node#access-token-issuer-validation',
    setUp:
      '`loadSealedSession(...).authenticate()` of a client with `issuer`; each token is sealed first',
    algorithms: ['RS256'],
    oneAlgorithm: true,
    differences: [
      {
        rule: 'audience',
        why: 'what a session checks is listed: signature, times, and the issuer if one is given; not the audience',
      },
      {
        rule: 'claims',
        cases: ['fast-jwt/aud-2', 'fast-jwt/aud-mixed'],
        why: 'the same: audiences of a wrong type',
      },
    ],
  },
];

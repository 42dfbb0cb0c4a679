// An issuer inside the test process: it signs tokens in the shape of WorkOS's, publishes its keys as
// WorkOS does, and can fail in the ways a key endpoint fails. What each member promises is in
// testing.d.cts. No native addon is needed.

import type {
  TestEnvironment,
  TestIssuer,
  TestIssuerOptions,
  TestVerifyOptions,
} from '../../entries/testing.cjs';
import '../node-version.ts';
import { connectOptions, createConnect } from './connect.ts';
import { createEnvironment } from './environment.ts';
import { createKeyServer } from './key-server.ts';
import { createKeyRing, type KeyRing, randomUlid } from './keys.ts';
import { createAuthorizationServer } from './oauth/server.ts';
import { type Identity, readOptions } from './options.ts';
import { createSeals } from './seal.ts';
import { createSigner, createTokens } from './tokens.ts';

/** The smallest that the verifier takes, so that a test which rotates keys needn't wait. */
const COOLDOWN_SECONDS = 1;

export function createTestIssuer(options: TestIssuerOptions = {}): TestIssuer {
  const identity = readOptions(options);
  const keyRing = createKeyRing(identity.algorithm);
  const user = `user_${randomUlid()}`;
  const signClaims = createSigner(identity.algorithm, keyRing);
  const connect = createConnect(identity, user, signClaims, () => server.origin());
  const authorization = createAuthorizationServer(identity, connect, () => server.origin());
  const server = createKeyServer(identity, keyRing, () => environment.issuer(), authorization);
  const environment = createEnvironment(identity, server.url);
  const tokens = createTokens(identity, user, keyRing, signClaims, environment.issuer);
  const issuer = {
    clientId: identity.clientId,
    get issuer() {
      return environment.issuer();
    },
    audience: identity.audience,
    resource: identity.resource,
    get jwks() {
      return keyRing.publicSet();
    },
    get jwksUrl() {
      return server.url();
    },
    get options() {
      return verifyOptions({ ...identity, issuer: environment.issuer() }, keyRing, server.url());
    },
    get connectOptions() {
      const domain = connect.issuer();
      return connectOptions(identity, domain, keyRing, server.origin(), COOLDOWN_SECONDS);
    },
    ...tokens,
    signConnect: connect.signConnect,
    signMachine: connect.signMachine,
    ...createSeals(identity.cookiePassword, tokens.sign),
    rotate: keyRing.rotate,
    withdraw: keyRing.withdraw,
    outage: server.outage,
    requests: server.requests,
    listen: server.listen,
    close: server.close,
  };
  return withHiddenMembers(issuer, environment.variables);
}

function verifyOptions(
  { clientId, issuer, audience, algorithm, cookiePassword }: Identity,
  keyRing: KeyRing,
  jwksUrl: string | null,
): TestVerifyOptions {
  return {
    clientId,
    issuer,
    audience: typeof audience === 'object' && audience !== null ? [...audience] : audience,
    ...(algorithm === 'RS256' ? {} : { algorithms: [algorithm] }),
    ...(cookiePassword === undefined ? {} : { cookiePassword }),
    ...(jwksUrl === null
      ? { jwks: keyRing.publicSet() }
      : { jwksUrl, jwksCache: { cooldownSeconds: COOLDOWN_SECONDS } }),
  };
}

type Visible = Omit<TestIssuer, 'env' | typeof Symbol.asyncDispose>;

/**
 * `env` does something when it is read, so that neither a spread nor a test runner that prints or
 * compares an issuer may read it. The symbol is for `await using`, if the runtime has it.
 */
function withHiddenMembers(issuer: Visible, variables: () => TestEnvironment): TestIssuer {
  Object.defineProperty(issuer, 'env', { get: variables });
  if (Symbol.asyncDispose)
    Object.defineProperty(issuer, Symbol.asyncDispose, { value: issuer.close });
  return issuer as TestIssuer;
}

import { WorkOS } from '@workos-inc/node';
import { seal } from '../seal.mjs';
import { outcomeOf as outcomeOfJose } from './jose.mjs';

const PASSWORD = 'the cookie password of the scoreboard';
const USER = { object: 'user', id: 'user_1', email: 'ada@example.com' };

// Its URL of the keys is /sso/jwks/<client id>.
export function create({ issuer, jwksUrl }) {
  const { hostname, port, pathname } = new URL(jwksUrl);
  const { userManagement } = new WorkOS({
    apiKey: 'sk_conformance',
    clientId: pathname.split('/').at(-1),
    apiHostname: hostname,
    port: Number(port),
    https: true,
    issuer,
  });
  return async (accessToken) => {
    const sessionData = seal({ accessToken, refreshToken: 'r', user: USER }, PASSWORD);
    const session = userManagement.loadSealedSession({ sessionData, cookiePassword: PASSWORD });
    const { authenticated } = await session.authenticate();
    if (!authenticated) throw REFUSED;
  };
}

const REFUSED = new Error('the session is not authenticated');

/** What it throws is of jose. */
export function outcomeOf(error) {
  return error === REFUSED ? 'refuse' : outcomeOfJose(error);
}

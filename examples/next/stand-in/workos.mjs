// As much of WorkOS's API as AuthKit uses: it signs everybody in as one user, without asking.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createTestIssuer } from 'verify-workos-token/testing';

const CLIENT_ID = 'client_test';
const USER = {
  object: 'user',
  id: 'user_01STANDIN',
  email: 'ada@example.com',
  email_verified: true,
  first_name: 'Ada',
  last_name: 'Lovelace',
};
const CLAIMS = { sub: USER.id, org_id: 'org_acme', role: 'member', permissions: ['posts:read'] };

/**
 * Starts it, and returns the environment of an application that takes it for WorkOS. Whoever signs out
 * is sent home.
 */
export async function startWorkos(home) {
  const server = createServer((request, response) => answer(request, response));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  const origin = `http://127.0.0.1:${port}`;
  const answer = createAnswers(origin, home);
  return {
    WORKOS_CLIENT_ID: CLIENT_ID,
    WORKOS_API_KEY: 'sk_test_stand_in',
    WORKOS_API_HOSTNAME: '127.0.0.1',
    WORKOS_API_PORT: String(port),
    WORKOS_API_HTTPS: 'false',
    WORKOS_COOKIE_PASSWORD: randomBytes(24).toString('base64'),
  };
}

function createAnswers(origin, home) {
  const issuer = createTestIssuer({
    clientId: CLIENT_ID,
    issuer: `${origin}/user_management/${CLIENT_ID}`,
  });

  const answers = {
    '/user_management/authorize': ({ searchParams }) => {
      const callback = new URL(searchParams.get('redirect_uri'));
      callback.searchParams.set('code', 'code_of_the_stand_in');
      callback.searchParams.set('state', searchParams.get('state'));
      return { redirect: callback.href };
    },
    '/user_management/authenticate': async () => ({
      user: USER,
      organization_id: CLAIMS.org_id,
      access_token: await issuer.sign(CLAIMS),
      refresh_token: randomBytes(16).toString('hex'),
      authentication_method: 'Password',
    }),
    '/user_management/sessions/logout': ({ searchParams }) => ({
      redirect: searchParams.get('return_to') ?? home,
    }),
    [`/sso/jwks/${CLIENT_ID}`]: () => issuer.jwks,
  };

  return async function answer(request, response) {
    const url = new URL(request.url, origin);
    const body = await answers[url.pathname]?.(url);
    if (body?.redirect) return response.writeHead(302, { location: body.redirect }).end();
    response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body ?? { message: 'Not Found' }));
  };
}

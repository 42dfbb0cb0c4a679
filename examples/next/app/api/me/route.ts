import type { WorkosTokenError } from 'verify-workos-token';
import { withWorkosToken } from 'verify-workos-token/next';

/**
 * The protected route: what WorkOS says about the caller. There are no options to give, since all
 * comes from WORKOS_CLIENT_ID.
 */
export const GET = withWorkosToken((_request, { claims }) => Response.json(claims), {
  onError: (error) => (process.env.NODE_ENV === 'development' ? explained(error) : respond(error)),
});

const respond = (error: WorkosTokenError) => error.getResponse();

/** What to do about it is for developers: in production a response has the code alone. */
async function explained(error: WorkosTokenError): Promise<Response> {
  const response = respond(error);
  return Response.json({ ...(await response.json()), hint: error.hint }, response);
}

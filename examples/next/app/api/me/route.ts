import { withWorkosToken } from 'verify-workos-token/next';
import { standIn } from '../../../stand-in';

/** The protected route: what WorkOS says about the caller. */
export const GET = withWorkosToken(
  (_request, { claims }) => Response.json(claims),
  // Without a stand-in there are no options to give: all comes from WORKOS_CLIENT_ID.
  standIn?.options,
);

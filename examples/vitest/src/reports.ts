import type { WorkosTokenOptions } from 'verify-workos-token';
import { authenticateRequest, errorToResponse } from 'verify-workos-token/web';

/** A Fetch handler, as many frameworks have them. Tests pass the options of their issuer. */
export async function reports(
  request: Request,
  options: WorkosTokenOptions = {},
): Promise<Response> {
  try {
    const { claims } = await authenticateRequest(request, {
      ...options,
      permissions: ['reports:read'],
    });
    return Response.json({ reports: [], for: claims.org_id });
  } catch (error) {
    return errorToResponse(error);
  }
}

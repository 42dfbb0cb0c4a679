// Checked by the compiler alone: what must compile, and, under `@ts-expect-error`, what must not.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { requireWorkosToken } from 'verify-workos-token/express';
import { type WorkosAuth, withWorkosToken } from 'verify-workos-token/next';
import { authenticateRequest, errorToResponse } from 'verify-workos-token/web';

interface Plan {
  plan: 'free' | 'paid';
}

export async function requestsAreTyped(request: Request, headers: Headers): Promise<Response> {
  const { claims, token } = await authenticateRequest<Plan>(request);
  const plan: 'free' | 'paid' = claims.plan;
  const identity = await authenticateRequest(request, { optional: true });
  // @ts-expect-error: a request without credentials is let through.
  identity.claims;
  const dynamic = await authenticateRequest({ headers }, { optional: Math.random() > 0.5 });
  // @ts-expect-error: it may be.
  dynamic.claims;
  await authenticateRequest(request, { getToken: ({ url }) => new URL(url).hash });
  await authenticateRequest<Plan>(request, { getToken: ({ url }) => new URL(url).hash });
  // @ts-expect-error: options are spelled as documented.
  await authenticateRequest(request, { getTokens: () => '' });
  // @ts-expect-error: a route's wrapper has it, and who awaits can catch.
  await authenticateRequest(request, { onError: () => new Response() });
  return plan === 'free' ? Response.json({ token }) : errorToResponse(new Error());
}

export async function nodeRequestsAreTyped(request: IncomingMessage): Promise<string | undefined> {
  const { claims } = await authenticateRequest<Plan>(request);
  const plan: 'free' | 'paid' = claims.plan;
  const { token } = await authenticateRequest(request, { getToken: ({ url }) => url });
  await authenticateRequest({ headers: { authorization: `Bearer ${token}` } });
  // @ts-expect-error: the headers themselves are no request.
  await authenticateRequest(request.headers);
  return plan;
}

/** What Next 16 asks of a route handler. */
type RouteHandler<Params> = (
  request: NextRequest,
  context: { params: Promise<Params> },
) => Promise<Response> | Response;
interface NextRequest extends Request {
  readonly nextUrl: URL;
}
interface PostContext {
  params: Promise<{ id: string }>;
}

export const routes: RouteHandler<{ id: string }>[] = [
  withWorkosToken((_request, { claims }) => Response.json(claims.sub)),
  withWorkosToken(async (request: NextRequest, { params }: PostContext, { claims }) => {
    const id: string = (await params).id;
    return Response.json([request.nextUrl.href, id, claims.org_id]);
  }),
  withWorkosToken(async (_request, { params, claims }: PostContext & WorkosAuth<Plan>) => {
    const plan: 'free' | 'paid' = claims.plan;
    return Response.json([(await params).id, plan]);
  }),
  withWorkosToken<PostContext, Plan>(async (_request, { params }, { claims, token }) =>
    Response.json([(await params).id, claims.plan, token]),
  ),
  withWorkosToken(
    (_request, _context, { claims }) => {
      // @ts-expect-error: there may be no claims.
      claims.sub;
      return Response.json(claims?.sub);
    },
    { optional: true },
  ),
  withWorkosToken((request) => Response.json(request.url), {
    getToken: (request: NextRequest) => request.nextUrl.searchParams.get('token'),
    onError: (error) => Response.json(error.code),
  }),
  // @ts-expect-error: a route handler answers.
  withWorkosToken(() => 'text'),
];

export const pages: ((req: IncomingMessage, res: ServerResponse) => unknown)[] = [
  withWorkosToken((_req: IncomingMessage, res: ServerResponse, { claims }) => {
    const sub: string = claims.sub;
    res.end(sub);
  }),
];

export const middleware: ((
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => unknown)[] = [
  requireWorkosToken(),
  requireWorkosToken({ permissions: ['posts:read'], organizationId: 'org_1', property: 'user' }),
  requireWorkosToken({
    getToken: (req) => req.headers['x-token']?.toString(),
    onError: (error, _req, res, next) => (error.status === 503 ? next(error) : res.end(error.code)),
  }),
  // @ts-expect-error: units and types as documented.
  requireWorkosToken({ property: 5 }),
  // @ts-expect-error: under exactOptionalPropertyTypes, a variable that may not be set is no check.
  requireWorkosToken({ organizationId: process.env.ORG_ID }),
];

/** Typed by importing the subpath, for those who have Express. */
export function requestsOfExpress(request: Express.Request): string | undefined {
  // @ts-expect-error: other packages declare `auth`.
  request.auth;
  return request.workos?.claims.sub;
}

// Checked by the compiler alone, as in adapters.ts.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createMcpResource, type McpAuthInfo } from 'verify-workos-token/mcp';
import { createTestIssuer } from 'verify-workos-token/testing';

interface Plan {
  plan: 'free' | 'paid';
}

/** As the MCP SDK declares it, in 1.x and 2.x. */
interface AuthInfo {
  token: string;
  clientId: string;
  scopes: string[];
  expiresAt?: number;
  resource?: URL;
  extra?: Record<string, unknown>;
}

export async function resourcesAreTyped(request: Request, incoming: IncomingMessage) {
  const issuer = createTestIssuer();
  const mcp = createMcpResource({ ...issuer.connectOptions, scopes: ['a'], subjects: ['user'] });
  const auth: AuthInfo = await mcp.authenticate(request);
  const { extra } = await mcp.authenticate<Plan>(incoming);
  const plan: 'free' | 'paid' = extra.claims.plan;
  const servers: readonly string[] = mcp.metadata.authorization_servers;
  const response: Response = mcp.metadataResponse(request) ?? Response.json([plan, servers]);
  createMcpResource({ resource: 'https://x.example', issuer: servers, jwks: { keys: [] } });
  // @ts-expect-error: the resource has no default.
  createMcpResource({ authkitDomain: 'acme.authkit.app' });
  // @ts-expect-error: another kind of token.
  createMcpResource({ resource: 'https://x.example', profile: 'session' });
  // @ts-expect-error: tokens are in the header.
  createMcpResource({ resource: 'https://x.example', getToken: () => '' });
  return { auth, response };
}

const mcp = createMcpResource({ resource: 'https://mcp.acme.com/mcp' });

export const handlers: ((request: Request) => Promise<Response>)[] = [
  mcp.withToken((request) => Response.json(request.auth.clientId)),
  mcp.withToken(async ({ auth, url }) => Response.json([auth.expiresAt, url])),
];

interface NextRequest extends Request {
  readonly nextUrl: URL;
}
interface Context {
  params: Promise<{ id: string }>;
}
/** What Next 16 asks of a route handler. */
type RouteHandler = (request: NextRequest, context: Context) => Promise<Response>;

export const routes: RouteHandler[] = [
  mcp.withToken(({ auth }) => Response.json(auth.clientId)),
  mcp.withToken(async (request: NextRequest, { params }: Context) =>
    Response.json([request.nextUrl.href, (await params).id]),
  ),
  mcp.withToken(async (request: Request & { auth: McpAuthInfo }, { params }: Context) =>
    Response.json([request.auth.clientId, (await params).id]),
  ),
  mcp.withToken(async (request: NextRequest & { auth: McpAuthInfo }, { params }: Context) =>
    Response.json([request.nextUrl.href, request.auth.clientId, (await params).id]),
  ),
  mcp.withToken(({ auth, nextUrl }: NextRequest & { auth: McpAuthInfo<Plan> }) =>
    Response.json([nextUrl.href, auth.extra.claims.plan]),
  ),
];

export const middleware: ((
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => unknown)[] = [mcp.requireToken(), mcp.metadataHandler()];

export function toolsAreTyped({ extra }: McpAuthInfo<Plan>): 'free' | 'paid' {
  return extra.claims.plan;
}

// Requests as they reach each adapter, sent over a socket where the adapter is Node's.
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { requireWorkosToken } from 'verify-workos-token/express';
import { type NoWorkosAuth, type WorkosAuth, withWorkosToken } from 'verify-workos-token/next';
import { authenticateRequest, errorToResponse } from 'verify-workos-token/web';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/** Any options: whether they fit is for the test to say. */
// biome-ignore lint/suspicious/noExplicitAny: the tests pass wrong ones on purpose.
type Options = any;

/** Sends a request with these `Authorization` headers through an adapter. */
export type Adapter = (
  options: Options,
  authorization: string[],
  more?: Record<string, string>,
  method?: string,
) => Promise<Answer>;

/** What a handler that was reached says of who is asking. */
function identityOf(auth: NoWorkosAuth | WorkosAuth | null | undefined): object {
  const { claims, token, session, name } = auth ?? { claims: null, token: null };
  const user = session === undefined ? {} : { user: session.user?.id };
  const entry = name === undefined ? {} : { name };
  return { sub: claims?.sub ?? null, token, ...user, ...entry };
}

export const ADAPTERS: Record<string, Adapter> = {
  web: async (options, authorization, more, method) => {
    const handle = async (incoming: Request) => {
      try {
        const identity = await authenticateRequest(incoming, options);
        return Response.json(identityOf(identity));
      } catch (error) {
        return errorToResponse(error);
      }
    };
    return answerOf(await handle(fetchRequest(authorization, more, method)));
  },

  'next, App Router': async (options, authorization, more, method) => {
    const handler = withWorkosToken(
      (_request, { params: _params }, auth) => Response.json(identityOf(auth)),
      options,
    );
    return answerOf(
      await handler(fetchRequest(authorization, more, method), { params: Promise.resolve({}) }),
    );
  },

  'next, Pages': (options, authorization, more, method) => {
    const handler = withWorkosToken(
      (_request: IncomingMessage, response: ServerResponse, auth) =>
        sendJson(response, identityOf(auth)),
      options,
    );
    return overSocket(handler, authorization, more, method);
  },

  express: (options, authorization, more, method) => {
    const middleware = requireWorkosToken(options);
    return overSocket(
      (incoming, response) =>
        middleware(incoming, response, (error) => {
          if (error !== undefined) {
            response.statusCode = 599;
            return sendJson(response, String(error));
          }
          sendJson(
            response,
            identityOf((incoming as IncomingMessage & { workos?: WorkosAuth }).workos),
          );
        }),
      authorization,
      more,
      method,
    );
  },
};

function fetchRequest(
  authorization: string[],
  more?: Record<string, string>,
  method = 'GET',
): Request {
  const headers = new Headers(more);
  for (const value of authorization) headers.append('authorization', value);
  return new Request('http://localhost/', { headers, method });
}

async function answerOf(response: Response): Promise<Answer> {
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.json(),
  };
}

export function sendJson(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
}

/** Serves one request on loopback; what the handler throws is what it rejects with. */
export async function overSocket(
  handler: (incoming: IncomingMessage, response: ServerResponse) => unknown,
  authorization: string[],
  more: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const server = createServer(async (incoming, response) => {
    try {
      await handler(incoming, response);
    } catch (error) {
      fail(error);
    }
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const lines = authorization.flatMap((value) => ['Authorization', value]);
  const others = Object.entries({ host: 'localhost', connection: 'close', ...more }).flat();
  try {
    const answered = new Promise<Answer>((resolve, reject) => {
      const outgoing = request({
        host: '127.0.0.1',
        port,
        method,
        headers: [...others, ...lines],
      });
      outgoing.once('error', reject).once('response', (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        incoming.once('end', () => {
          const headers = Object.fromEntries(
            Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
          );
          resolve({ status: incoming.statusCode as number, headers, body: JSON.parse(text) });
        });
      });
      outgoing.end();
    });
    return await Promise.race([answered, failed]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

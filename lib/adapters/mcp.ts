import type { McpAuthInfo } from '../../entries/mcp.cjs';
import type { VerifiedClaims } from '../../index.cjs';
import { debugRefusal, tellRefusal } from '../debug.ts';
import { WorkosTokenError } from '../error.ts';
import { describe } from '../options/kinds.ts';
import { refuse } from '../options/refuse.ts';
import { type Api, authenticate } from './authenticate.ts';
import { challenged, challengeOf } from './challenge.ts';
import { guard } from './express.ts';
import { createMetadata } from './mcp-metadata.ts';
import { authorizationServersOf, readMcpOptions } from './mcp-options.ts';
import type { AnyFunction } from './options.ts';

/** The adapter's own options: MCP asks for the `Authorization` header alone. */
const BEARER_ALONE = Object.freeze(Object.create(null));

/** `verify-workos-token/mcp` over the package's functions. */
export function createMcp({ createWorkosVerifier }: Api) {
  /** Options are checked at once, so that a mistake fails at startup. */
  function createMcpResource(options?: unknown) {
    try {
      return createResource(options);
    } catch (error) {
      debugRefusal(error);
      throw error;
    }
  }

  function createResource(given: unknown) {
    const options = readMcpOptions(given);
    const verifier = createWorkosVerifier(options.verification);
    const challenge = challengeOf(options.verification);
    const { resource } = options.verification;
    const servers = authorizationServersOf(options.verification);
    const { handle, ...metadata } = createMetadata(options, servers);

    async function identify(request: unknown) {
      const identity = await authenticate(request, BEARER_ALONE, verifier, undefined);
      // Without `optional`, nobody is let through without a token.
      const { claims, token } = identity as { claims: VerifiedClaims; token: string };
      return { auth: authInfo(claims, token, resource), identity };
    }

    async function authenticateRequest(request: unknown): Promise<McpAuthInfo> {
      try {
        return (await identify(request)).auth;
      } catch (error) {
        throw refused(error);
      }
    }

    function refused(error: unknown): unknown {
      tellRefusal(error);
      return challenged(error, challenge);
    }

    function requireToken() {
      return guard(async (request) => {
        const { auth, identity } = await identify(request);
        request.auth = auth;
        request.workos = identity;
      }, challenge);
    }

    return Object.freeze({
      ...metadata,
      authenticate: authenticateRequest,
      withToken: createWithToken(identify, refused),
      requireToken,
      metadataHandler: () => handle,
    });
  }

  return { createMcpResource };
}

type Identify = (request: unknown) => Promise<{ auth: McpAuthInfo }>;

function createWithToken(identify: Identify, refused: (error: unknown) => unknown) {
  return function withToken(handler: unknown) {
    if (typeof handler !== 'function')
      throw refuse(`"withToken" takes a handler, not ${describe(handler)}`);
    return async (request: object, ...others: unknown[]): Promise<unknown> => {
      try {
        setAuth(request, (await identify(request)).auth);
        return await (handler as AnyFunction)(request, ...others);
      } catch (error) {
        refused(error);
        // The developer's mistake belongs in the log.
        if (!(error instanceof WorkosTokenError) || error.status === 500) throw error;
        return error.getResponse();
      }
    };
  };
}

/** As the MCP SDK hands it to tools. */
function authInfo(claims: VerifiedClaims, token: string, resource: string): McpAuthInfo {
  const { client_id: clientId, scope, exp } = claims;
  return {
    token,
    clientId: clientId as string,
    scopes: scopesIn(scope),
    expiresAt: Math.floor(exp),
    resource: new URL(resource),
    extra: { claims },
  };
}

function scopesIn(scope: unknown): string[] {
  return typeof scope === 'string' ? scope.split(' ').filter((one) => one !== '') : [];
}

/** A request of Fetch takes properties, but a subclass may have a getter of this name. */
function setAuth(request: object, value: McpAuthInfo): void {
  const property = { value, configurable: true, enumerable: true, writable: true };
  Object.defineProperty(request, 'auth', Object.assign(Object.create(null), property));
}

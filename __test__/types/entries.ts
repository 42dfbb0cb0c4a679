// Checked by the compiler alone: what must compile, and, under `@ts-expect-error`, what must not.
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  createWorkosVerifier,
  type WorkosEntriesConnectionReport,
  type WorkosEntry,
  type WorkosVerifiedToken,
} from 'verify-workos-token';
import { requireWorkosToken } from 'verify-workos-token/express';
import { withWorkosToken } from 'verify-workos-token/next';
import { authenticateRequest } from 'verify-workos-token/web';

interface Plan {
  plan: 'free' | 'paid';
}

export async function namesAreLiterals(token: string, sealed: string): Promise<unknown> {
  const verifier = createWorkosVerifier([
    { name: 'production', clientId: 'client_1' },
    { name: 'staging', clientId: 'client_2', permissions: ['a'] },
    { name: 'connect', profile: 'connect', authkitDomain: 'a.authkit.app', resource: 'https://a' },
  ]);
  const { claims, header, name } = await verifier.verifyDetailed(token);
  const literal: 'production' | 'staging' | 'connect' = name;
  // @ts-expect-error: no entry has this name.
  if (name === 'preview') return undefined;
  const alg: string = header.alg;
  const session: 'production' | 'staging' | 'connect' = (await verifier.verifySession(sealed)).name;
  verifier.exportKeys('staging');
  // @ts-expect-error: no entry has this name.
  verifier.exportKeys('preview');
  // @ts-expect-error: whose keys?
  verifier.exportKeys();
  const explained: 'production' | 'staging' | 'connect' | undefined = (
    await verifier.explain(token)
  ).name;
  const report: WorkosEntriesConnectionReport = await verifier.testConnection({ token });
  const verified: number = verifier.stats().entries[0]?.verified ?? 0;
  return [claims.sub, literal, alg, session, explained, report.success, verified];
}

export async function arraysMayBeMadeElsewhere(
  entries: WorkosEntry[],
  token: string,
): Promise<string> {
  const detailed: WorkosVerifiedToken = await createWorkosVerifier(entries).verifyDetailed(token);
  const { claims, name } = await createWorkosVerifier<Plan>(entries).verifyDetailed(token);
  const plan: 'free' | 'paid' = claims.plan;
  const alone: undefined = (await createWorkosVerifier().verifyDetailed(token)).name;
  return [plan, name, detailed.name, alone].join();
}

// @ts-expect-error: an entry has a name.
createWorkosVerifier([{ clientId: 'client_1' }]);
// @ts-expect-error: options are spelled as documented.
createWorkosVerifier([{ name: 'a', clientID: 'client_1' }]);

const entries = [{ name: 'a', clientId: 'client_1' }] as const satisfies readonly WorkosEntry[];

export async function adaptersTakeEntries(request: Request): Promise<Response> {
  const { claims, name } = await authenticateRequest(request, entries);
  const text: string | undefined = name;
  const optional = await authenticateRequest(request, { entries, optional: true });
  // @ts-expect-error: a request without credentials is let through.
  optional.claims;
  await authenticateRequest(request, { entries, getToken: ({ url }) => url });
  return Response.json([claims.sub, text]);
}

export const routes = [
  withWorkosToken((_request, { claims, name }) => Response.json([claims.sub, name]), entries),
  withWorkosToken((_request, _context, { claims }) => Response.json(claims?.sub), {
    entries,
    optional: true,
    onError: (error) => Response.json(error.code),
  }),
];

export const middleware: ((
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => unknown)[] = [
  requireWorkosToken(entries),
  requireWorkosToken({ entries, property: 'user', getToken: (req) => req.headers.authorization }),
];

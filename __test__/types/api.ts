// Checked by the compiler alone: what must compile, and, under `@ts-expect-error`, what must not.
import {
  createWorkosVerifier,
  explainWorkosToken,
  testWorkosConnection,
  type VerifiedClaims,
  verifyWorkosSession,
  verifyWorkosToken,
  type WorkosAlgorithm,
  type WorkosConnectionOptions,
  type WorkosConnectionReport,
  WorkosTokenError,
  type WorkosTokenErrorCode,
  type WorkosTokenExplanation,
  type WorkosTokenOptions,
} from 'verify-workos-token';
import { createTestIssuer } from 'verify-workos-token/testing';

interface Plan {
  plan: 'free' | 'paid';
  limits: { seats: number };
}

export async function claimsAreTyped(token: string): Promise<string> {
  const claims = await verifyWorkosToken<Plan>(token, { clientId: 'client_1' });
  const seats: number = claims.limits.seats;
  const organization: string | undefined = claims.org_id;
  // @ts-expect-error: not every token has an organization.
  const certain: string = claims.org_id;
  // @ts-expect-error: claims have the token's own names.
  claims.orgId;
  // @ts-expect-error: claims are frozen.
  claims.sub = 'user_2';
  // @ts-expect-error: all the way down.
  claims.limits.seats = 2;
  // @ts-expect-error: lists too.
  claims.permissions?.push('admin');
  return `${claims.plan} ${seats} ${organization} ${certain}`;
}

export async function sessionsAreTyped(sealed: string): Promise<string> {
  const session = await verifyWorkosSession<Plan>(sealed, { cookiePassword: ['a', 'b'] });
  const seats: number = session.claims.limits.seats;
  const email: string | undefined = session.user?.email;
  // @ts-expect-error: not every session has a user.
  const id: string = session.user.id;
  // @ts-expect-error: sessions are frozen.
  session.user = null;
  // @ts-expect-error: the refresh token is never handed out.
  session.refreshToken;
  const { verifySession, verifySessionSync } = createWorkosVerifier<Plan>();
  const plan: 'free' | 'paid' = (await verifySession(sealed)).claims.plan;
  const token: string = verifySessionSync(sealed).accessToken;
  // @ts-expect-error: a missing cookie must be dealt with, not passed on unseen.
  await verifyWorkosSession(undefined);
  return `${seats} ${email} ${id} ${plan} ${token}`;
}

export const sessionOptions: WorkosTokenOptions[] = [
  { entitlements: ['audit-log'], featureFlags: ['beta'], maxAuthAgeSeconds: 600 },
  // @ts-expect-error: a restriction without a value would check nothing.
  { maxAuthAgeSeconds: undefined },
  // @ts-expect-error: a password is a string.
  { cookiePassword: 7 },
];

export async function tokensAreStrings(token: string | undefined): Promise<void> {
  // @ts-expect-error: a missing token must be dealt with, not passed on unseen.
  await verifyWorkosToken(token);
  // @ts-expect-error: nor a number.
  await verifyWorkosToken(42);
}

export const options: WorkosTokenOptions[] = [
  {},
  { clientId: 'client_1', audience: null },
  { audience: ['a', 'b'] as const, issuer: 'https://auth.example.com' },
  { jwksUrl: new URL('https://auth.example.com/jwks'), jwksCache: { maxAgeSeconds: 60 } },
  { now: () => 1_735_689_600, impersonation: 'deny' },
  { jwksCache: { snapshot: createWorkosVerifier().exportKeys() } },
  // @ts-expect-error: the text of a snapshot, not what is in it.
  { jwksCache: { snapshot: { v: 1 } } },
  { clientId: process.env.WORKOS_CLIENT_ID },
  // @ts-expect-error: options are spelled as documented.
  { clientID: 'client_1' },
  // @ts-expect-error: HMACs can't be allowed.
  { algorithms: ['HS256'] },
  // @ts-expect-error: nor can `none`.
  { algorithms: ['none'] },
  // @ts-expect-error: units are in the name, and the value is a number.
  { clockToleranceSeconds: '5s' },
  // @ts-expect-error: one of two words.
  { impersonation: true },
  // @ts-expect-error: only the audience can be turned off.
  { issuer: null },
  { organizationId: 'org_1', permissions: ['a'], roles: ['admin'] },
  { audience: process.env.AUDIENCE, jwksCache: { timeoutMs: undefined } },
  // @ts-expect-error: under exactOptionalPropertyTypes, a variable that may not be set is no check.
  { organizationId: process.env.ORG_ID },
  // @ts-expect-error: the same.
  { permissions: undefined },
  // @ts-expect-error: the same.
  { roles: undefined },
];

export const connectOptions: WorkosTokenOptions[] = [
  { profile: 'connect', authkitDomain: 'acme.authkit.app', resource: 'https://mcp.acme.example' },
  { profile: 'connect', audience: 'client_1', subjects: ['machine'], scopes: ['a'] as const },
  { profile: process.env.CI ? 'connect' : undefined, authkitDomain: process.env.DOMAIN },
  // @ts-expect-error: one of two words.
  { profile: 'mcp' },
  // @ts-expect-error: users and machines.
  { profile: 'connect', subjects: ['app'] },
  // @ts-expect-error: an array.
  { profile: 'connect', scopes: 'a b' },
  // @ts-expect-error: a restriction without a value would check nothing.
  { profile: 'connect', scopes: undefined },
  // @ts-expect-error: the same.
  { profile: 'connect', subjects: undefined },
  // @ts-expect-error: a text, which is compared byte for byte.
  { profile: 'connect', resource: new URL('https://mcp.acme.example') },
];

export async function connectClaimsAreTyped(token: string): Promise<string | undefined> {
  const claims = await verifyWorkosToken(token, { profile: 'connect' });
  const scope: string | undefined = claims.scope;
  // @ts-expect-error: one text, not an array.
  const scopes: string[] | undefined = claims.scope;
  return scope ?? scopes?.[0];
}

export const algorithm: WorkosAlgorithm = 'EdDSA';

export async function verifiersAreTyped(token: string): Promise<VerifiedClaims<Plan>> {
  const verifier = createWorkosVerifier<Plan>({ clientId: 'client_1' });
  await verifier.ready();
  const { rejected, snapshots } = verifier.stats();
  const fault: 'damaged' | 'foreign' | 'future' | 'expired' | null = snapshots.lastFault;
  if (fault !== null) console.warn(fault, snapshots.used, snapshots.ignored);
  const expired: number | undefined = rejected.TOKEN_EXPIRED;
  // @ts-expect-error: there is no such code.
  rejected.TOKEN_TOO_OLD;
  if (expired) return verifier.verifySync(token);
  return verifier.verify(token);
}

export function errorsAreTyped(error: unknown): WorkosTokenErrorCode | undefined {
  if (!(error instanceof WorkosTokenError)) return undefined;
  const status: number = error.status;
  const cause: string | undefined = error.cause?.code;
  // @ts-expect-error: a code that does not exist is a mistake in the comparison.
  if (error.code === 'EXPIRED') throw error;
  // @ts-expect-error: errors are made by this package alone.
  new WorkosTokenError('no');
  console.log(status, cause, error.claims?.sub);
  return error.code;
}

export function errorsNarrowByCode(error: WorkosTokenError): string {
  // @ts-expect-error: there is no such claim.
  if (error.claim === 'audience') throw error;
  // @ts-expect-error: nor such a status.
  if (error.status === 404) throw error;
  if (error.code === 'JWKS_FETCH_FAILED') {
    const pause: number = error.retryAfterSeconds;
    const status: 503 = error.status;
    return `${error.cause.code} ${pause} ${status}`;
  }
  // @ts-expect-error: only keys that could not be fetched have one for sure.
  error.cause.code;
  if (error.code === 'TOKEN_EXPIRED') {
    const claim: 'exp' = error.claim;
    const reason: 'missing' | 'invalid' | 'mismatch' = error.reason;
    // @ts-expect-error: the checks stopped before the type of `sub` was known.
    const sub: string = error.claims.sub;
    return `${claim} ${reason} ${sub}`;
  }
  return error.code;
}

export async function connectionsAreTyped(token: string | undefined): Promise<string> {
  const options: WorkosConnectionOptions = { clientId: 'client_1', token };
  const { success, error, keys, discovery, token: verdict } = await testWorkosConnection(options);
  // @ts-expect-error: nothing may be wrong.
  error.hint;
  if (!success) return `${error.code} ${error.hint} ${error.cause?.status}`;
  const none: null = error;
  const size: number | null | undefined = keys[0]?.sizeBits;
  // @ts-expect-error: a report is frozen.
  keys.push({});
  // @ts-expect-error: one of five words.
  if (discovery.status === 'good') return '';
  const report: WorkosConnectionReport = await createWorkosVerifier().testConnection({ token });
  // @ts-expect-error: a verifier has its options.
  await createWorkosVerifier().testConnection({ clientId: 'client_1' });
  return `${none} ${size} ${report.clockSkewSeconds} ${verdict?.claim}`;
}

export function functionsNeedNoThis(): unknown[] {
  const { verify, verifySync, ready, exportKeys, stats } = createWorkosVerifier();
  const functions: ((this: void, token: string) => unknown)[] = [verify, verifySync, ready];
  return [...functions, exportKeys, stats];
}

export async function issuersAreTyped(): Promise<void> {
  const issuer = createTestIssuer({ algorithm: 'ES256', audience: null });
  await verifyWorkosToken(await issuer.sign({ sub: 'user_1' }), issuer.options);
  await issuer.outage('hang');
  Object.assign(process.env, issuer.env);
  const password: string | undefined = issuer.env.WORKOS_COOKIE_PASSWORD;
  // @ts-expect-error: not every issuer has a password.
  const certain: string = issuer.env.WORKOS_COOKIE_PASSWORD;
  // @ts-expect-error: the issuer names itself.
  issuer.env = { ...issuer.env, WORKOS_CLIENT_ID: `${password}${certain}` };
  // @ts-expect-error: an outage has one of the documented modes.
  await issuer.outage('slow');
}

export async function explanationsAreTyped(token: string): Promise<string> {
  const explanation: WorkosTokenExplanation = await explainWorkosToken(token, { audience: null });
  const same: WorkosTokenExplanation = await createWorkosVerifier().explain(token);
  const code: WorkosTokenErrorCode | undefined = same.code;
  const kid: string | undefined = explanation.header?.kid;
  const subject: unknown = explanation.claims?.sub;
  // @ts-expect-error: nobody vouches for the type of a claim.
  const text: string = explanation.claims?.sub;
  const ofSession: boolean = explanation.checks.some(
    ({ check }) => check === 'seal' || check === 'user',
  );
  // @ts-expect-error: explanations are frozen.
  explanation.remarks.push('');
  // @ts-expect-error: there is no such check.
  explanation.checks.some(({ check }) => check === 'audience');
  const failed = explanation.checks.filter(({ ok }) => ok === false).map(({ check }) => check);
  return [code, kid, subject, text, ofSession, explanation.cause?.code, ...failed].join();
}

import {
  testWorkosConnection,
  type WorkosConnectionOptions,
  type WorkosConnectionReport,
} from 'verify-workos-token';
import { onTestFinished } from 'vitest';
import type { Identity } from './authority.js';
import {
  type Behaviour,
  body,
  type FaultServer,
  keySet,
  startFaultServer,
} from './fault-server.js';
import { CLIENT_ID, createSigner } from './jws.js';

export const signer = createSigner();
const WELL_KNOWN = '/.well-known/openid-configuration';

/** A key server that is its own issuer, for one test. */
export interface KeyHost {
  readonly server: FaultServer;
  readonly issuer: string;
  /** Options under which all is well; tokens need the issuer in their claims. */
  readonly options: WorkosConnectionOptions & { readonly jwksUrl: string; readonly issuer: string };
  /** What it responds from now on. */
  keys: Behaviour;
  discovery: Behaviour;
  /** The paths that were asked for, in no order. */
  readonly asked: { readonly keys: number; readonly discovery: number };
}

export async function startKeyHost(identity?: Identity): Promise<KeyHost> {
  const asked = { keys: 0, discovery: 0 };
  const server = await startFaultServer((response, request) => {
    const kind = request.url?.endsWith(WELL_KNOWN) ? 'discovery' : 'keys';
    asked[kind] += 1;
    host[kind](response, request);
  }, identity);
  onTestFinished(() => server.close());
  const issuer = `${server.url}/tenant`;
  const host = {
    server,
    issuer,
    options: { clientId: CLIENT_ID, issuer, jwksUrl: server.url },
    keys: keySet(signer.jwks.keys),
    discovery: document({ issuer, jwks_uri: server.url }),
    asked,
  };
  return host;
}

export function document(members: object): Behaviour {
  return body(JSON.stringify(members));
}

/** A report of which the test fails unless it is deep-frozen plain data. */
export async function report(options?: WorkosConnectionOptions): Promise<WorkosConnectionReport> {
  return plain(await testWorkosConnection(options));
}

export function plain(report: WorkosConnectionReport): WorkosConnectionReport {
  expectFrozen(report);
  return report;
}

function expectFrozen(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Object.isFrozen(value)) throw new Error('a part of the report is not frozen');
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype)
    throw new Error('a part of the report is not plain data');
  for (const member of Object.values(value)) {
    if (member === undefined) throw new Error('a member of the report is undefined');
    expectFrozen(member);
  }
}

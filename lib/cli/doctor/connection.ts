// The test of the connection, as findings.

import type {
  WorkosConnectionError,
  WorkosConnectionReport,
  WorkosDiscovery,
  WorkosKeyReport,
} from '../../../index.cjs';
import { STATUS, type Status, statusOf } from '../status.ts';
import { withCause } from '../refusal.ts';
import { count } from '../text.ts';
import { span } from '../time.ts';
import { type Finding, findingsOf } from './finding.ts';

const { ok, note, warn, fail } = findingsOf('connection');
const token = findingsOf('token');

/** The shortest lifetime of access tokens that is known: a clock that is off by more refuses them all. */
const SHORTEST_LIFETIME_SECONDS = 60;

interface Asked {
  readonly isConnect: boolean;
  readonly checksAudience: boolean;
  readonly clockToleranceSeconds: number;
}

export function connectionFindings(report: WorkosConnectionReport, asked: Asked): Finding[] {
  const hasKeys = report.error?.code !== 'JWKS_FETCH_FAILED';
  const documents = [report.discovery, ...report.otherDiscoveries];
  // One outage is told once.
  const told = documents.filter(({ status }) => hasKeys || status !== 'failed');
  return [
    keysFinding(report),
    ...report.keys.filter(({ usable }) => hasKeys && !usable).map(unusableFinding),
    ...(report.jwksUrl === null
      ? []
      : told.map((document) => discoveryFinding(document, report, asked))),
    ...clockFindings(report, asked),
    ...tokenFindings(report, asked, hasKeys),
  ];
}

/** Whether the keys could not be reached, which says nothing about what is configured. */
export function connectionStatus({ error }: WorkosConnectionReport): Status {
  return error?.code === 'JWKS_FETCH_FAILED' ? statusOf(error) : STATUS.good;
}

function keysFinding({ error, jwksUrl, keys, latencyMs }: WorkosConnectionReport): Finding {
  if (error?.code === 'JWKS_FETCH_FAILED') {
    const from = jwksUrl === null ? '' : `, from ${jwksUrl}`;
    return fail('keys', 'keys', `${withCause(error)}${from}`, error.hint);
  }
  const usable = count(keys.filter((key) => key.usable).length, 'usable key');
  if (jwksUrl === null) return ok('keys', 'keys', `${usable} in the given key set`);
  return ok('keys', 'keys', `${usable} in ${Math.round(latencyMs ?? 0)} ms, from ${jwksUrl}`);
}

function unusableFinding({ kid, reason }: WorkosKeyReport): Finding {
  const text = `${kid ?? 'a key without kid'} can't be used: ${reason}`;
  const step =
    'Ask whoever publishes the key set to correct the key. Tokens that are signed with it are refused.';
  return warn('unusable-key', 'key', text, step);
}

function discoveryFinding(
  document: WorkosDiscovery,
  { error }: WorkosConnectionReport,
  { isConnect }: Asked,
): Finding {
  const { status, reason, configuredIssuer } = document;
  const id = 'discovery';
  switch (status) {
    case 'ok':
      return ok(id, id, 'names this issuer and these keys');
    case 'mismatch':
      return fail(id, id, differenceOf(document), hintOf(error));
    case 'missing':
      return warn(
        id,
        id,
        `there is no document of ${configuredIssuer} (status 404)`,
        `Check ${isConnect ? 'the AuthKit domain' : 'the client id, and the issuer'}. Tokens are verified without the document.`,
      );
    case 'failed':
      return warn(
        id,
        id,
        `the document of ${configuredIssuer} could not be read: ${reason}`,
        'Open the address of the document from this machine. Tokens are verified without it.',
      );
    case 'skipped':
      return note(id, id, `not requested: ${reason}`);
  }
}

function differenceOf({ reason, issuer, jwksUri, configuredIssuer }: WorkosDiscovery): string {
  const named = issuer === configuredIssuer ? jwksUri : issuer;
  return `the document of ${configuredIssuer} does not fit: ${reason}, ${named}`;
}

function hintOf(error: WorkosConnectionError | null): string | null {
  return error?.code === 'DISCOVERY_MISMATCH' ? error.hint : null;
}

function clockFindings(
  { clockSkewSeconds: skew }: WorkosConnectionReport,
  asked: Asked,
): Finding[] {
  if (skew === null) return [];
  const distance = Math.abs(skew);
  const text = `${span(distance)} ${skew > 0 ? 'behind' : 'ahead of'} the key server's`;
  if (distance <= asked.clockToleranceSeconds)
    return [ok('clock', 'clock', skew === 0 ? "agrees with the key server's" : text)];
  const effect =
    skew > 0 ? 'expired tokens are still accepted' : 'valid tokens are refused as expired';
  const level = distance < SHORTEST_LIFETIME_SECONDS ? warn : fail;
  const step = `Set this machine's clock, by a time service (NTP): otherwise ${effect}.`;
  return [level('clock', 'clock', text, step)];
}

function tokenFindings(
  { token: verdict }: WorkosConnectionReport,
  { checksAudience, isConnect }: Asked,
  hasKeys: boolean,
): Finding[] {
  if (verdict === null) {
    const why = isConnect
      ? 'Only a token shows whether the resource is a resource indicator in the WorkOS dashboard'
      : "By default, WorkOS's tokens have no aud and are refused";
    const text = `not checked, since no token was given. ${why}: try one with \`--token -\``;
    return checksAudience ? [token.note('audience', 'audience', text)] : [];
  }
  if (verdict.error === null) return [token.ok('token', 'token', 'is accepted')];
  if (!hasKeys) return [token.note('token', 'token', 'not checked, since there are no keys')];
  const { code, message, hint } = verdict.error;
  const step = `${hint} For all checks: \`npx verify-workos-token explain\`.`;
  return [token.fail('token', 'token', `${code}: ${message}`, step)];
}

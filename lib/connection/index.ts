// Tests a connection: asks for the keys and for the discovery document of each issuer at once, over
// the native client that verification uses, and says what came. Nothing of it is kept: no
// verification uses it, and the cache of keys doesn't count it.

import type {
  WorkosConnectionError,
  WorkosConnectionReport,
  WorkosDiscovery,
  WorkosKeyReport,
  WorkosTokenReport,
} from '../../index.cjs';
import { bare } from '../bare.ts';
import type { Binding, NativeVerifier, Outcome, WaitingCalls } from '../binding.d.ts';
import { notAString } from '../not-a-string.ts';
import { proxyOf } from '../options/proxy.ts';
import { NativePromise } from '../promise.ts';
import { handOverTrustRoots } from '../trust-roots.ts';
import { discoveryOf, mismatchOf, placeOf, skipped } from './discovery.ts';
import type { Sample } from './options.ts';
import {
  type ErrorRecord,
  type ExchangeRecord,
  errorRecord,
  type KeyRecord,
  type KeysRecord,
  readDiscoveryRecord,
  readKeysRecord,
  type TokenRecord,
} from './record.ts';
import { roundedMs, shown } from './text.ts';
import { warningsOf } from './warnings.ts';

/** The most issuers whose documents are asked for: each is a request. */
const MAX_DISCOVERIES = 10;

/** A native verifier, and the checked options that it was made from. */
export interface Subject {
  binding: Binding;
  native: NativeVerifier;
  calls: WaitingCalls;
  json: string;
}

/** What a test needs of checked options. */
interface Config {
  issuers: string[];
  audiences?: string[] | null;
  clockToleranceSeconds: number;
  /** Of the profile for Connect tokens. */
  connect?: object;
  keys: { fixed?: object; fetched?: Fetched };
}

interface Fetched {
  url: string;
  proxy?: string;
}

/** `now` is the clock that verification goes by, in Unix seconds. */
export async function testConnection(
  subject: Subject,
  sample: Sample | undefined,
  now: number,
): Promise<WorkosConnectionReport> {
  return report(await findConnection(subject, sample, now));
}

/** What `report` reports. */
export async function findConnection(
  subject: Subject,
  sample: Sample | undefined,
  now: number,
): Promise<Findings> {
  const config: Config = bare(JSON.parse(subject.json));
  const { fixed, fetched } = bare(config.keys);
  const source = fetched && bare(fetched);
  // What is wrong with the environment is thrown here, before anything is under way.
  const isConnect = config.connect !== undefined;
  const errands = config.issuers.map((issuer, index) =>
    errandFor(issuer, index, source, isConnect),
  );
  // All are under way before the first is waited for.
  const asked = errands.map((errand) => askForDiscovery(subject, errand));
  const keys = await askForKeys(subject, { fixed, source, sample, now });
  const discoveries: WorkosDiscovery[] = [];
  for (let index = 0; index < asked.length; index += 1) discoveries.push(await asked[index]);
  return { config, source, keys, discoveries, sample, now };
}

/** A document to ask for, and how; or the report of one that isn't asked for. */
type Errand =
  | { skipped: WorkosDiscovery }
  | { configuredIssuer: string; url: URL; jwksUrl: URL; proxy: string | undefined };

function errandFor(
  issuer: string,
  index: number,
  source: Fetched | undefined,
  isConnect: boolean,
): Errand {
  if (source === undefined) return { skipped: skipped(issuer, 'the keys are fixed') };
  if (index >= MAX_DISCOVERIES)
    return { skipped: skipped(issuer, `only ${MAX_DISCOVERIES} documents are requested`) };
  const jwksUrl = new URL(source.url);
  const place = placeOf(issuer, jwksUrl, isConnect);
  if ('reason' in place) return { skipped: skipped(issuer, place.reason) };
  const { url } = place;
  // As the keys are asked for, if it is the same server.
  const proxy = url.origin === jwksUrl.origin ? source.proxy : proxyOf(url);
  return { configuredIssuer: issuer, url, jwksUrl, proxy };
}

async function askForDiscovery(
  { binding, native, calls }: Subject,
  errand: Errand,
): Promise<WorkosDiscovery> {
  if ('skipped' in errand) return errand.skipped;
  const { url, proxy } = errand;
  prepareFetch(binding, url.href, proxy);
  const outcome = await outcomeOf(calls, (number) =>
    binding.testDiscovery(native, url.href, proxy, number),
  );
  return discoveryOf(errand, readDiscoveryRecord(outcome));
}

async function askForKeys(
  { binding, native, calls }: Subject,
  {
    fixed,
    source,
    sample,
    now,
  }: Pick<Findings, 'source' | 'sample' | 'now'> & { fixed: object | undefined },
): Promise<KeysRecord> {
  if (source !== undefined) prepareFetch(binding, source.url, source.proxy);
  const text = fixed && JSON.stringify(fixed);
  // Only a string gets to native code, which may not look into objects.
  const token = typeof sample?.token === 'string' ? sample.token : undefined;
  const outcome = await outcomeOf(calls, (number) =>
    binding.testKeys(native, text, token, now, number),
  );
  return readKeysRecord(outcome);
}

function outcomeOf(calls: WaitingCalls, start: (number: number) => void): Promise<Outcome> {
  return new NativePromise((resolve) => {
    const number = calls.number();
    start(number);
    calls.wait(number, resolve);
  });
}

/** First, so that it isn't counted as latency. */
function prepareFetch(binding: Binding, url: string, proxy: string | undefined): void {
  if (url.startsWith('https:') || proxy?.startsWith('https:')) handOverTrustRoots(binding);
}

export interface Findings {
  config: Config;
  source: Fetched | undefined;
  keys: KeysRecord;
  discoveries: WorkosDiscovery[];
  sample: Sample | undefined;
  now: number;
}

export function report(findings: Findings): WorkosConnectionReport {
  const { config, source, keys, discoveries, now } = findings;
  const { exchange } = keys;
  const token = tokenOf(findings);
  const mismatch = discoveries.find(({ status }) => status === 'mismatch');
  const isConnect = config.connect !== undefined;
  const contradiction = mismatch === undefined ? null : mismatchOf(mismatch, isConnect);
  const error = keys.error ?? contradiction ?? token?.error ?? null;
  const facts = {
    issuer: config.issuers[0],
    jwksUrl: source?.url ?? null,
    discovery: discoveries[0],
    otherDiscoveries: Object.freeze(discoveries.slice(1)),
    keys: Object.freeze(keys.keys.map(keyOf)),
    latencyMs: exchange && roundedMs(exchange.latencyMs),
    clockSkewSeconds: exchange && skewOf(exchange, now),
    cache: exchange && cacheOf(exchange),
    token,
    error: error && frozenError(error),
  };
  const warnings = warningsOf(facts, {
    isConnect,
    checksAudience: config.audiences !== null,
    clockToleranceSeconds: config.clockToleranceSeconds,
    listedKeys: keys.listed,
  });
  return Object.freeze({ success: error === null, ...facts, warnings }) as WorkosConnectionReport;
}

function tokenOf({ keys, sample }: Findings): WorkosTokenReport | null {
  if (sample === undefined) return null;
  const { error, claim, reason } = verdictOf(keys, sample);
  return Object.freeze({ ok: error === null, claim, reason, error: error && frozenError(error) });
}

function verdictOf({ token, error }: KeysRecord, sample: Sample): TokenRecord {
  if (token !== null) return token;
  if (typeof sample.token === 'string') return { error, claim: null, reason: null };
  const { code, message, hint } = notAString(sample.token);
  return { error: errorRecord({ code, message, hint }), claim: null, reason: null };
}

function keyOf({ kid, kty, alg, sizeBits, use, usable, reason }: KeyRecord): WorkosKeyReport {
  const texts = { kid: shown(kid), kty: shown(kty), alg: shown(alg) };
  return Object.freeze({ ...texts, sizeBits, use: shown(use), usable, reason });
}

function cacheOf({ etag, maxAgeSeconds, headAfterMs }: ExchangeRecord) {
  return headAfterMs === null ? null : Object.freeze({ maxAgeSeconds, etag: shown(etag) });
}

/**
 * By how much the server's clock is ahead of ours. A `Date` has whole seconds, and was written at some
 * time between the request and the response: within that nothing can be told.
 */
function skewOf({ date, headAfterMs }: ExchangeRecord, start: number): number | null {
  if (date === null || headAfterMs === null) return null;
  const end = start + headAfterMs / 1_000;
  if (date > end) return Math.round(date - end);
  if (date + 1 < start) return 0 - Math.round(start - date - 1); // no negative zero
  return 0;
}

function frozenError(error: ErrorRecord | WorkosConnectionError): WorkosConnectionError {
  const { code, message, hint, cause } = error;
  return Object.freeze({ code, message, hint, cause: cause && Object.freeze(cause) });
}

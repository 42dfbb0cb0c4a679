// The guide to observability with the real OpenTelemetry SDK and prom-client.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestIssuer } from 'verify-workos-token/testing';
import { blocksOf, OBSERVABILITY_PAGE, writeBlocks } from './support/docs.js';
import { createProject, run } from './support/project.js';

const issuer = createTestIssuer();
let project: string;
let environment: Record<string, string>;

beforeAll(async () => {
  await issuer.listen();
  environment = {
    ...issuer.env,
    GOOD: await issuer.sign({ sub: 'user_secret', jti: '1' }),
    OTHER: await issuer.sign({ sub: 'user_secret', jti: '2' }),
    EXPIRED: await issuer.sign({ sub: 'user_secret', exp: 1 }),
  };
  project = await createProject('observability');
  writeBlocks(
    blocksOf(OBSERVABILITY_PAGE).filter(({ language }) => language === 'js'),
    project,
  );
});
afterAll(() => issuer.close());

async function printed(name: string, program: string): Promise<unknown> {
  writeFileSync(path.join(project, name), program);
  const text = await run(project, process.execPath, [name], environment);
  expect(text).not.toContain('user_secret');
  return JSON.parse(text);
}

it('runs every code block', () => {
  const names = blocksOf(OBSERVABILITY_PAGE).map(({ language, name }) => [language, name]);
  expect(names).toEqual([
    ['text', expect.stringMatching(/^VERIFY-WORKOS-TOKEN 4711: INVALID_SIGNATURE: /)],
    ['js', 'tracing.js'],
    ['js', 'metrics.js'],
  ]);
});

it('makes spans, as children of the span that is active', async () => {
  const program = `
    import { trace } from '@opentelemetry/api';
    import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor }
      from '@opentelemetry/sdk-trace-node';
    import { createWorkosVerifier } from 'verify-workos-token';
    const exporter = new InMemorySpanExporter();
    new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
    await import('./tracing.js');
    const { verify, verifySync, stats } = createWorkosVerifier();
    const { GOOD, OTHER, EXPIRED } = process.env;
    await trace.getTracer('test').startActiveSpan('request', async (span) => {
      await verify(GOOD);
      span.end();
    });
    await verify(EXPIRED).catch(() => {});
    verifySync(OTHER);
    stats();
    const milliseconds = ([seconds, nanoseconds]) => seconds * 1_000 + nanoseconds / 1e6;
    const spans = exporter.getFinishedSpans();
    const nameOf = (id) => spans.find((span) => span.spanContext().spanId === id)?.name;
    console.log(JSON.stringify(spans.map((span) => ({
      name: span.name,
      parent: nameOf(span.parentSpanContext?.spanId),
      kind: span.kind,
      status: span.status,
      attributes: span.attributes,
      startedAgo: Date.now() - milliseconds(span.startTime),
      took: milliseconds(span.duration),
    }))));`;
  const known = {
    'workos.outcome': 'accepted',
    'workos.key_set_hash': expect.stringMatching(/^[\da-f]{64}$/),
  };
  const times = { startedAgo: expect.any(Number), took: expect.any(Number) };
  const call = { name: 'verify-workos-token.verify', kind: 0, status: { code: 0 }, ...times };
  const request = { name: 'request', kind: 0, status: { code: 0 }, attributes: {}, ...times };
  const spans = (await printed('spans.mjs', program)) as { startedAgo: number; took: number }[];
  expect(spans).toEqual([
    { ...call, parent: 'request', attributes: { ...known, 'workos.key_source': 'fetch' } },
    {
      ...call,
      name: 'verify-workos-token.jwks',
      kind: 2,
      attributes: {
        ...known,
        'workos.outcome': 'fetched',
        'workos.reason': 'renewal',
        'url.full': issuer.jwksUrl,
      },
    },
    request,
    {
      ...call,
      status: { code: 2, message: 'the token has expired' },
      attributes: {
        ...known,
        'workos.outcome': 'refused',
        'workos.key_source': 'memory',
        'error.type': 'TOKEN_EXPIRED',
      },
    },
    { ...call, attributes: { ...known, 'workos.key_source': 'memory' } },
  ]);
  const [verified, fetched] = spans;
  expect(fetched?.took).toBeLessThanOrEqual(Number(verified?.took) + 1);
  expect(fetched?.startedAgo).toBeLessThanOrEqual(Number(verified?.startedAgo) + 1);
});

it('counts calls, requests and keys', async () => {
  const program = `
    import { verifyWorkosToken } from 'verify-workos-token';
    import { metrics, verifier } from './metrics.js';
    const { GOOD, EXPIRED } = process.env;
    await verifier.verify(GOOD);
    await verifyWorkosToken(GOOD);
    await verifyWorkosToken(EXPIRED).catch(() => {});
    await verifyWorkosToken('x').catch(() => {});
    verifier.verifySync(GOOD);
    const down = { jwksUrl: 'http://127.0.0.1:1/' };
    await verifyWorkosToken(GOOD, down).catch(() => {});
    const lines = (await metrics()).split('\\n');
    console.log(JSON.stringify(lines.filter((line) => /^workos/.test(line))));`;
  const lines = (await printed('counts.mjs', program)) as string[];
  const exact = lines.filter((line) => !/seconds|bytes/.test(line));
  expect(exact.toSorted()).toEqual(
    [
      'workos_verifications_total{code="OK",source="fetch"} 1',
      'workos_verifications_total{code="OK",source="token cache"} 2',
      'workos_verifications_total{code="TOKEN_EXPIRED",source="memory"} 1',
      'workos_verifications_total{code="MALFORMED_TOKEN",source="none"} 1',
      'workos_verifications_total{code="JWKS_FETCH_FAILED",source="none"} 1',
      'workos_jwks_requests_total{outcome="fetched",code="none"} 1',
      'workos_jwks_requests_total{outcome="failed",code="CONNECT"} 1',
      'workos_jwks_events_total{event="key added"} 1',
      'workos_jwks_events_total{event="back-off"} 1',
      'workos_keys 1',
      'workos_stale_serves 0',
      'workos_unknown_kids 0',
    ].toSorted(),
  );
  const value = (name: string) =>
    Number(lines.find((line) => line.startsWith(`${name} `))?.split(' ')[1]);
  expect(value('workos_verification_seconds_count')).toBe(6);
  expect(value('workos_keys_fetched_seconds')).toBeCloseTo(Date.now() / 1_000, -2);
  expect(value('workos_token_cache_bytes')).toBeGreaterThan(500);
});

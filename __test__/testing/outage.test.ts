import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestOutageMode } from 'verify-workos-token/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  catchError,
  closeIssuers,
  fetchOutcome,
  listeningIssuer,
  newIssuer,
  requestsArrive,
  urlOf,
} from '../support/issuer.js';

afterEach(closeIssuers);

describe('an outage', () => {
  const json = 'application/json; charset=utf-8';
  it.each<[TestOutageMode, object]>([
    ['status-500', { status: 500, type: json, body: '{"message":"Internal Server Error"}' }],
    ['status-404', { status: 404, type: json, body: '{"message":"Not Found"}' }],
    [
      'html',
      {
        status: 200,
        type: 'text/html; charset=utf-8',
        body: expect.stringMatching(/^<!doctype html>/),
      },
    ],
    ['empty', { status: 200, type: json, body: '{"keys":[]}' }],
  ])('of mode %s answers so at once, is counted, and ends', async (mode, outcome) => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    const inForce = issuer.outage(mode);
    expect(await fetchOutcome(issuer.jwksUrl)).toStrictEqual(outcome);
    await expect(inForce).resolves.toBe(undefined);
    expect(issuer.requests()).toBe(1);
    void issuer.outage(null);
    expect(await fetchOutcome(issuer.jwksUrl)).toMatchObject({
      status: 200,
      body: JSON.stringify(issuer.jwks),
    });
    expect(issuer.requests()).toBe(2);
  });

  it('of mode refuse refuses connections, and ends on the same port', async () => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    const url = issuer.jwksUrl;
    await issuer.outage('refuse');
    expect(issuer.jwksUrl).toBe(url);
    expect(issuer.options.jwksUrl).toBe(url);
    expect(await fetchOutcome(url)).toStrictEqual({ failure: 'ECONNREFUSED' });
    expect(issuer.requests()).toBe(0);
    await issuer.outage('refuse');
    await issuer.outage(null);
    expect(issuer.jwksUrl).toBe(url);
    expect(await fetchOutcome(url)).toMatchObject({ status: 200 });
    expect(issuer.requests()).toBe(1);
  });

  it('of mode refuse is a refusal also for a client that kept a connection', async () => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    for (let round = 1; round <= 20; round += 1) {
      expect(await fetchOutcome(issuer.jwksUrl)).toMatchObject({ status: 200 });
      await issuer.outage('refuse');
      expect(await fetchOutcome(issuer.jwksUrl)).toStrictEqual({ failure: 'ECONNREFUSED' });
      await issuer.outage(null);
    }
  });

  it('can follow upon another', async () => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    await issuer.outage('refuse');
    await issuer.outage('status-500');
    expect(await fetchOutcome(issuer.jwksUrl)).toMatchObject({ status: 500 });
    await issuer.outage('refuse');
    expect(await fetchOutcome(issuer.jwksUrl)).toStrictEqual({ failure: 'ECONNREFUSED' });
  });

  it('of mode refuse ends kept-alive, silent and hanging connections', async () => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    const agent = new Agent({ keepAlive: true });
    const request = get(issuer.jwksUrl, { agent });
    const [response] = await once(request, 'response');
    response.resume();
    await once(response, 'end');
    const silent = connect(Number(new URL(issuer.jwksUrl).port), '127.0.0.1').on('error', () => {});
    await once(silent, 'connect');
    const ended = Promise.all([
      once(request.socket ?? expect.unreachable(), 'close'),
      once(silent, 'close'),
    ]);
    void issuer.outage('hang');
    const hanging = fetchOutcome(issuer.jwksUrl);
    await requestsArrive(issuer, 2);
    await issuer.outage('refuse');
    await ended;
    expect(await hanging).toHaveProperty('failure');
    agent.destroy();
  });

  it('of mode refuse waits for its port when something else has it, but not for ever', {
    timeout: 20_000,
  }, async () => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    await issuer.outage('refuse');
    const squatter = createServer().listen(Number(new URL(issuer.jwksUrl).port), '127.0.0.1');
    await once(squatter, 'listening');
    await expect(issuer.outage(null)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const back = issuer.outage(null);
    setTimeout(() => squatter.close(), 100);
    await back;
    expect(await fetchOutcome(issuer.jwksUrl)).toMatchObject({ status: 200 });
  });

  it('of mode hang accepts, counts and never answers; close() ends what hangs', async () => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    void issuer.outage('hang');
    const outcome = fetchOutcome(issuer.jwksUrl, 60_000);
    await requestsArrive(issuer, 1);
    expect(await Promise.race([outcome, sleep(400, 'no answer')])).toBe('no answer');
    await issuer.close();
    expect(await outcome).toHaveProperty('failure', expect.not.stringContaining('Timeout'));
  });

  // The gap between the headers and the first byte is what a busy machine may swallow.
  it('of mode drip sends headers at once, and then a byte every 300 ms, whatever fake timers say', {
    retry: 2,
  }, async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearInterval'] });
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    void issuer.outage('drip');
    const response = await fetch(issuer.jwksUrl);
    const headersAt = performance.now();
    expect(response.status).toBe(200);
    const body = JSON.stringify(issuer.jwks);
    expect(response.headers.get('content-length')).toBe(String(body.length));
    const reader = response.body?.getReader() ?? expect.unreachable();
    const chunks = [];
    for (let read = 0; read < 3; read += 1) {
      chunks.push(Buffer.from((await reader.read()).value ?? []).toString());
    }
    const elapsed = performance.now() - headersAt;
    await reader.cancel();
    expect(chunks).toStrictEqual([body[0], body[1], body[2]]);
    expect(elapsed).toBeGreaterThan(700);
  });

  it('touches the discovery document too, except in mode empty', async () => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    const discovery = new URL(
      '/user_management/client_test/.well-known/openid-configuration',
      issuer.jwksUrl,
    ).href;
    void issuer.outage('status-500');
    expect(await fetchOutcome(discovery)).toMatchObject({ status: 500 });
    void issuer.outage('empty');
    expect(await fetchOutcome(discovery)).toMatchObject({
      status: 200,
      body: expect.stringContaining('jwks_uri'),
    });
  });

  it.each<[TestOutageMode, object]>([
    ['status-500', { status: 500 }],
    ['refuse', { failure: 'ECONNREFUSED' }],
  ])('of mode %s can be there from the start', async (mode, outcome) => {
    const issuer = newIssuer({ algorithm: 'EdDSA' });
    await issuer.outage(mode);
    await issuer.listen();
    expect(await fetchOutcome(urlOf(issuer))).toMatchObject(outcome);
    await issuer.outage(null);
    expect(await fetchOutcome(urlOf(issuer))).toMatchObject({ status: 200 });
  });

  it('is over after close()', async () => {
    const issuer = await listeningIssuer({ algorithm: 'EdDSA' });
    await issuer.outage('status-500');
    await issuer.close();
    await issuer.listen();
    expect(await fetchOutcome(issuer.jwksUrl)).toMatchObject({ status: 200 });
  });

  it.each([['slow'], [undefined], [''], [0], ['toString']])(
    'of an unknown mode (%s) is a TypeError that names the modes',
    (mode) => {
      const issuer = newIssuer();
      const error = catchError(() => issuer.outage(mode as TestOutageMode));
      expect(error).toBeInstanceOf(TypeError);
      expect((error as TypeError).message).toContain(
        'one of refuse, hang, drip, status-500, status-404, html, empty, or null to end the outage',
      );
    },
  );
});

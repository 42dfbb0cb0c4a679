// What the test issuer's server responds with, and how it sends that.

import type { ServerResponse } from 'node:http';

// Taken when this file loads, so that a test's fake timers can't stop a dripping response.
const { clearInterval, setInterval } = process.getBuiltinModule('node:timers');

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/**
 * Quick enough that no single read times out, slow enough that a whole key set takes far longer
 * than any `timeoutMs`.
 */
const DRIP_INTERVAL_MS = 300;

export function jsonAnswer(
  status: number,
  value: object,
  headers: Record<string, string> = {},
): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  };
}

export function htmlAnswer(body: string): Answer {
  return { status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body };
}

export function send(response: ServerResponse, answer: Answer, dripping: boolean): void {
  const { status, headers, body } = answer;
  response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) });
  if (dripping) drip(response, body);
  else response.end(body);
}

function drip(response: ServerResponse, body: string): void {
  const bytes = Buffer.from(body);
  let sent = 0;
  response.flushHeaders();
  const timer = setInterval(() => {
    response.write(bytes.subarray(sent, sent + 1));
    sent += 1;
    if (sent < bytes.length) return;
    clearInterval(timer);
    response.end();
  }, DRIP_INTERVAL_MS);
  timer.unref();
  response.once('close', () => clearInterval(timer));
}

// The vectors of other projects as calls of this package. vectors/README.md describes the files.
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WorkosTokenOptions } from 'verify-workos-token';

/** What an issuer is compared with where the token has none that is a string. */
const NO_ISSUER = 'https://no-issuer.invalid';
export const folder = new URL('../vectors/', import.meta.url);

export interface Case {
  readonly id: string;
  readonly token: string;
  readonly jwks?: { keys: object[] };
  /** The body of the JWKS URL. */
  readonly jwks_text?: string;
  readonly options: VectorOptions;
  readonly now?: number;
  readonly expect: 'accept' | 'reject';
  readonly reasons?: string[];
}

export interface VectorOptions {
  readonly issuer?: string | string[];
  readonly audience?: string | string[];
  readonly algorithms?: string[];
  readonly clockTolerance?: number;
}

export function jwtFiles(): { name: string; cases: Case[] }[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith('jwt-'))
    .map((name) => ({ name, cases: read<Case[]>(name) }));
}

const bodies = new Map<string, string>();
const server = createServer((request, response) => {
  response.setHeader('Content-Type', 'application/json');
  response.end(bodies.get((request.url ?? '').split('?')[0] as string));
});
let origin = '';

/** Serves the key sets that are given as texts. */
export async function openVectors(): Promise<void> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function closeVectors(): void {
  server.close();
}

export function optionsOf({ id, token, jwks, jwks_text, options, now }: Case): WorkosTokenOptions {
  const { issuer = ownIssuer(token), audience = null, algorithms, clockTolerance = 0 } = options;
  return {
    issuer,
    audience,
    clockToleranceSeconds: clockTolerance,
    ...(algorithms && { algorithms: algorithms as WorkosTokenOptions['algorithms'] }),
    ...(now !== undefined && { now }),
    ...(jwks_text === undefined ? { jwks } : { jwksUrl: publish(id, jwks_text) }),
  } as WorkosTokenOptions;
}

function publish(id: string, body: string): string {
  const path = `/${encodeURIComponent(id)}`;
  bodies.set(path, body);
  return origin + path;
}

function ownIssuer(token: string): string {
  try {
    const { iss } = JSON.parse(payloadOf(token));
    return typeof iss === 'string' && iss !== '' ? iss : NO_ISSUER;
  } catch {
    return NO_ISSUER;
  }
}

export function payloadOf(token: string): string {
  return Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
}

export function read<Content>(name: string): Content {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Content;
}

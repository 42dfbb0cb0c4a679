import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

/** What a server does with a request. */
export type Behaviour = (response: ServerResponse, request: IncomingMessage) => void;

/** A key server on loopback that does what it is told, and counts. */
export interface FaultServer {
  readonly url: string;
  readonly port: number;
  /** For the requests that arrive from now on. */
  behaviour: Behaviour;
  readonly requests: number;
  /** The headers of each request. */
  readonly headers: readonly IncomingHttpHeaders[];
  /** Connections that were ever taken, with a request in them or not. */
  readonly accepted: number;
  /** Connections that are open now. */
  readonly connections: number;
  /** The most bytes that were written to one connection that has ended. */
  readonly mostBytesSent: number;
  /** Speaks https with this certificate from now on. */
  identify(identity: { readonly key: string; readonly cert: string }): void;
  /** Closes every connection that is open now. */
  dropAll(): void;
  /** Resolves when so many requests have arrived. */
  received(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Speaks https, by the name localhost, where it is given a certificate. */
export async function startFaultServer(
  behaviour: Behaviour = hang,
  identity?: { readonly key: string; readonly cert: string },
): Promise<FaultServer> {
  const arrivals = new EventEmitter();
  const sockets = new Set<Socket>();
  const headers: IncomingHttpHeaders[] = [];
  let requests = 0;
  let accepted = 0;
  let mostBytesSent = 0;
  const faults = { behaviour };

  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    requests += 1;
    headers.push(request.headers);
    arrivals.emit('request');
    faults.behaviour(response, request);
  };
  const tls = identity && createTlsServer(identity, onRequest);
  const server = tls ?? createServer(onRequest);
  server.on('connection', (socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('error', () => {}); // a client that leaves in the middle is what is tested
    socket.on('close', () => {
      sockets.delete(socket);
      mostBytesSent = Math.max(mostBytesSent, socket.bytesWritten);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;

  return Object.defineProperties(faults, {
    requests: { get: () => requests },
    headers: { value: headers },
    accepted: { get: () => accepted },
    connections: { get: () => sockets.size },
    mostBytesSent: { get: () => mostBytesSent },
    // The system lends a port again: no other server shall be taken for this one.
    url: {
      value: `${identity ? 'https://localhost' : 'http://127.0.0.1'}:${port}/${randomUUID()}`,
    },
    port: { value: port },
    identify: { value: tls?.setSecureContext.bind(tls) },
    received: {
      async value(count: number) {
        while (requests < count) await once(arrivals, 'request');
      },
    },
    dropAll: {
      value() {
        for (const socket of sockets) socket.destroy();
      },
    },
    close: {
      async value() {
        server.close();
        for (const socket of sockets) socket.destroy();
        if (server.listening) await once(server, 'close');
      },
    },
  }) as unknown as FaultServer;
}

export const keySet =
  (keys: readonly object[], headers: Record<string, string> = {}): Behaviour =>
  (response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', ...headers });
    response.end(JSON.stringify({ keys }));
  };

export const body =
  (content: string | Uint8Array, headers: Record<string, string> = {}): Behaviour =>
  (response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', ...headers });
    response.end(content);
  };

export const status =
  (code: number, headers: Record<string, string> = {}): Behaviour =>
  (response) => {
    response.writeHead(code, headers);
    response.end();
  };

/** The connection is taken, and nothing comes. */
export const hang: Behaviour = () => {};

export const headersOnly: Behaviour = (response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.flushHeaders();
};

export const reset: Behaviour = (response) => {
  response.socket?.resetAndDestroy();
};

/** Half an answer, and then the end of the connection. */
export const cutOff =
  (keys: readonly object[]): Behaviour =>
  (response) => {
    const text = JSON.stringify({ keys });
    response.writeHead(200, { 'Content-Length': Buffer.byteLength(text) });
    response.write(text.slice(0, text.length / 2), () => response.socket?.end());
  };

/** These bytes, and the end of the connection. */
export const raw =
  (answer: string | Uint8Array): Behaviour =>
  (response) => {
    response.socket?.end(answer);
  };

export const notHttp = raw('220 smtp.example ESMTP\r\n');

/** The right answer, one byte at a time. */
export const drip =
  (keys: readonly object[], pauseMs = 300): Behaviour =>
  (response) => {
    const bytes = Buffer.from(JSON.stringify({ keys }));
    response.writeHead(200, { 'Content-Length': bytes.length });
    let sent = 0;
    const timer = setInterval(() => {
      response.write(bytes.subarray(sent, sent + 1));
      sent += 1;
      if (sent === bytes.length) clearInterval(timer);
    }, pauseMs);
    response.on('close', () => clearInterval(timer));
  };

/** What `then` does, after a while. */
export const delayed =
  (ms: number, then: Behaviour): Behaviour =>
  (response, request) => {
    setTimeout(() => then(response, request), ms);
  };

/** So many bytes, as fast as they are taken. */
export const endless =
  (totalBytes: number): Behaviour =>
  (response) => {
    const chunk = Buffer.alloc(64 * 1024, ' ');
    let left = totalBytes;
    response.writeHead(200, { 'Content-Type': 'application/json' });
    const more = () => {
      while (left > 0 && !response.destroyed) {
        left -= chunk.length;
        if (!response.write(chunk)) return;
      }
      response.end();
    };
    response.on('drain', more);
    more();
  };

/** A small answer that unpacks to so many bytes. */
export const gzipBomb = (unpackedBytes: number): Behaviour =>
  body(gzipSync(Buffer.alloc(unpackedBytes, ' ')), { 'Content-Encoding': 'gzip' });

// @ts-nocheck: written without types.
// Serves key sets over TLS on loopback, each at a URL of its own.
import { once } from 'node:events';
import { createServer } from 'node:https';
import { gzipSync } from 'node:zlib';

/** @param {{ cert: string, key: string }} identity */
export async function openKeyServer(identity) {
  const sources = new Map();
  const server = createServer(identity, (request, response) => {
    const source = sources.get(request.url);
    if (source === undefined) return response.writeHead(404).end();
    source.requests += 1;
    source.behave(response, request);
  });
  // A connection that closes just as it is used again would be nobody's fault.
  server.keepAliveTimeout = 0;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = `https://localhost:${server.address().port}`;
  return {
    origin,
    /** A URL whose requests are answered by `behave`, which may be set again. */
    open(behave) {
      const path = `/sso/jwks/client_${sources.size}`;
      const source = { url: origin + path, requests: 0, behave };
      sources.set(path, source);
      return source;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

export const body =
  (content, headers = {}) =>
  (response) =>
    response.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(content);

export const keySet = (keys, headers) => body(JSON.stringify({ keys }), headers);

export const status =
  (code, headers = {}) =>
  (response) =>
    response.writeHead(code, headers).end();

export const hang = () => {};

export const headersOnly = (response) =>
  response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders();

export const reset = (response) => response.socket.destroy();

/** Half of the set, and then the end of the connection. */
export const cutOff = (keys) => (response) => {
  const text = JSON.stringify({ keys });
  response.writeHead(200, { 'Content-Length': text.length });
  response.write(text.slice(0, text.length / 2), () => response.socket.end());
};

/** Only for who asks for it. */
export const gzipped = (keys) => (response, request) => {
  const asks = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  if (!asks) return keySet(keys)(response);
  body(gzipSync(JSON.stringify({ keys })), { 'Content-Encoding': 'gzip' })(response);
};

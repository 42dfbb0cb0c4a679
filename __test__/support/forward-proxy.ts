import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** What a proxy does with those who ask it. */
export type ProxyMode =
  | 'forward'
  | 'hang'
  /** Ends the connection in place of an answer. */
  | 'drop'
  /** Answers, and ends the connection when the first bytes have come through. */
  | 'cut'
  | { readonly status: number };

/** What a proxy was asked for. */
export interface Asked {
  readonly method: string;
  /** The host and port of CONNECT, or the whole URL. */
  readonly target: string;
  readonly authorization: string | undefined;
}

/** A proxy on loopback for whoever is told of it: every host is the one at `port`. */
export interface ForwardProxy {
  readonly url: string;
  readonly port: number;
  readonly asked: readonly Asked[];
  readonly connections: number;
  mode: ProxyMode;
  /** Listens no longer, or again. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

export async function startForwardProxy(
  port: number,
  identity?: { readonly key: string; readonly cert: string },
): Promise<ForwardProxy> {
  const asked: Asked[] = [];
  const sockets = new Set<Duplex>();
  const proxy = { mode: 'forward' as ProxyMode };
  const keep = (socket: Duplex) => {
    sockets.add(socket.on('error', () => {})); // one that ends in the middle is what is tested
    socket.once('close', () => sockets.delete(socket));
  };
  const note = ({ method = '', url = '', headers }: IncomingMessage) => {
    asked.push({ method, target: url, authorization: headers['proxy-authorization'] });
  };

  const onRequest = (incoming: IncomingMessage, response: ServerResponse) => {
    note(incoming);
    if (proxy.mode === 'hang') return;
    if (proxy.mode === 'drop') response.socket?.destroy();
    else if (typeof proxy.mode === 'object') response.writeHead(proxy.mode.status).end();
    else pass(incoming, response, port, proxy.mode === 'cut');
  };
  const server = identity ? createTlsServer(identity, onRequest) : createServer(onRequest);
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    note(incoming);
    if (proxy.mode === 'hang') return;
    if (proxy.mode === 'drop') socket.destroy();
    else if (typeof proxy.mode === 'object') {
      socket.end(`HTTP/1.1 ${proxy.mode.status} No\r\nContent-Length: 0\r\n\r\n`);
    } else keep(tunnel(socket, port, proxy.mode === 'cut'));
  });
  server.on('connection', keep);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const own = server.address() as AddressInfo;

  const down = async () => {
    if (!server.listening) return;
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  };
  return Object.defineProperties(proxy, {
    url: { value: `${identity ? 'https://localhost' : 'http://127.0.0.1'}:${own.port}` },
    port: { value: own.port },
    asked: { value: asked },
    connections: { get: () => sockets.size },
    down: { value: down },
    up: { value: () => once(server.listen(own.port, '127.0.0.1'), 'listening') },
    close: { value: down },
  }) as unknown as ForwardProxy;
}

/** The absolute form (RFC 9112, section 3.2.2). */
function pass(incoming: IncomingMessage, response: ServerResponse, port: number, cut: boolean) {
  const { pathname, search } = new URL(incoming.url ?? '');
  const { 'proxy-authorization': _, ...headers } = incoming.headers;
  const options = { port, path: pathname + search, headers, agent: false as const };
  const onward = request({ host: '127.0.0.1', ...options }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    if (cut) answer.once('data', () => response.socket?.destroy());
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  incoming.pipe(onward);
}

/** CONNECT (RFC 9110, section 9.3.6). */
function tunnel(socket: Socket, port: number, cut: boolean): Socket {
  const onward = connect(port, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    socket.pipe(onward).pipe(socket);
  });
  if (cut) onward.once('data', () => socket.destroy());
  onward.once('close', () => socket.destroy());
  socket.once('close', () => onward.destroy());
  return onward;
}

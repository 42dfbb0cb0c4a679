// Proxies that speak by hand, each in its own way, and what comes of them.
import { connect, type Socket } from 'node:net';

export interface RawProxy {
  readonly name: string;
  /** The keys, or the cause for which there are none. */
  readonly outcome: string;
  /** Answers the first request of a connection; the key server listens at `port`. */
  answer(socket: Socket, port: number): void;
}

const OK = 'HTTP/1.1 200 OK';
const HEAD_BYTES = 1_024 * 1_024;

/** These lines as a head, and then the tunnel. */
const opens =
  (...lines: string[]) =>
  (socket: Socket, port: number) => {
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    tunnel(socket, port);
  };

function tunnel(socket: Socket, port: number): void {
  const onward = connect(port, '127.0.0.1');
  onward.on('error', () => socket.destroy());
  socket.pipe(onward).pipe(socket);
  socket.once('close', () => onward.destroy());
}

/** These bytes, and the end of the connection. */
const ends = (bytes: string) => (socket: Socket) => void socket.end(bytes, 'latin1');

/** These bytes, and nothing more. */
const holds = (bytes: string) => (socket: Socket) => void socket.write(bytes, 'latin1');

const row = (name: string, outcome: string, answer: RawProxy['answer']): RawProxy => ({
  name,
  outcome,
  answer,
});

/** Asked for a tunnel (RFC 9110, section 9.3.6). */
export const tunnels: readonly RawProxy[] = [
  row('200', 'keys', opens('HTTP/1.1 200 Connection established')),
  row('200 in HTTP/1.0', 'keys', opens('HTTP/1.0 200 Connection established')),
  row('200 without a reason', 'keys', opens('HTTP/1.1 200 ')),
  row('200 with headers', 'keys', opens(OK, 'Via: 1.1 proxy', 'Proxy-Agent: x/1 (y)')),
  row('another status of the same kind', 'keys', opens('HTTP/1.1 299 Fine')),
  // RFC 9110 counts it as a success; hyper doesn't, as Node's own proxy agents don't.
  row('204', 'PROXY', opens('HTTP/1.1 204 No Content')),
  row('200 with a length, which means nothing there', 'keys', opens(OK, 'Content-Length: 5')),
  row('200 with a length of nothing', 'keys', opens(OK, 'Content-Length: 0')),
  row('200 with chunks, which mean nothing there', 'keys', opens(OK, 'Transfer-Encoding: chunked')),
  row('200 and the end of connections', 'keys', opens(OK, 'Connection: close')),
  row('100 before 200', 'keys', opens('HTTP/1.1 100 Continue', '', OK)),
  row('103 before 200', 'keys', opens('HTTP/1.1 103 Early Hints', 'Link: </a>', '', OK)),
  row('200, a byte at a time', 'keys', dripping),
  row('101', 'PROXY', ends('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n')),
  row('302', 'PROXY', ends('HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\n\r\n')),
  row('407 with a challenge', 'PROXY', holds(challenge())),
  row('403 with a page that does not end', 'PROXY', holds(`HTTP/1.1 403 No\r\n\r\n<html>`)),
  row('503 with a length that never comes', 'PROXY', holds(unavailable())),
  row('another protocol', 'PROXY', ends('220 smtp.example ESMTP\r\n')),
  row('an alert of TLS', 'PROXY', ends('\x15\x03\x03\0\x02\x02\x28')),
  row('a refusal of SOCKS', 'PROXY', ends('\0\x5b\0\0\0\0\0\0')),
  row('half a head, and the end', 'PROXY', ends('HTTP/1.1 200 O')),
  row('half a head, and nothing more', 'TIMEOUT', holds('HTTP/1.1 200 O')),
  row('a head of 1 MiB', 'PROXY', ends(`${OK}\r\nX: ${'x'.repeat(HEAD_BYTES)}\r\n\r\n`)),
  row('200 and nothing more', 'TIMEOUT', holds(`${OK}\r\n\r\n`)),
  row('200 and a page in the tunnel', 'TLS', ends(`${OK}\r\n\r\n<html>Sign in</html>`)),
];

/** Asked for the keys themselves, over http. */
export const forwards: readonly RawProxy[] = [
  row('another protocol', 'NOT_HTTP', ends('220 smtp.example ESMTP\r\n')),
  row('407 with a challenge', 'PROXY', holds(challenge())),
  row('403 and a page', 'STATUS', ends('HTTP/1.1 403 No\r\nContent-Length: 6\r\n\r\n<html>')),
  row('302', 'REDIRECT', ends('HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n')),
  row('a page in place of the keys', 'NOT_JSON', ends(`${OK}\r\n\r\n<html>Sign in</html>`)),
  row('half a head, and the end', 'INTERRUPTED', ends('HTTP/1.1 200 O')),
  row('nothing', 'INTERRUPTED', ends('')),
];

function challenge(): string {
  const lines = [
    'HTTP/1.1 407 Proxy Authentication Required',
    'Proxy-Authenticate: Basic realm="x"',
  ];
  return `${lines.join('\r\n')}\r\nContent-Length: 1000\r\n\r\nSign in`;
}

function unavailable(): string {
  return 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 1000\r\n\r\n';
}

function dripping(socket: Socket, port: number): void {
  socket.pause(); // what comes before the tunnel is there is for it
  const bytes = [...`${OK}\r\n\r\n`];
  const next = () => {
    const byte = bytes.shift();
    if (byte === undefined) return tunnel(socket, port);
    socket.write(byte, () => setImmediate(next));
  };
  next();
}

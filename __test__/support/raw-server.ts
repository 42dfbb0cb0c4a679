import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface RawServer {
  readonly origin: string;
  /** Connections that are open now. */
  readonly connections: number;
  close(): Promise<void>;
}

/** A server on loopback that answers the first bytes of a connection, which hold the path, by hand. */
export async function startRawServer(
  answer: (socket: Socket, path: string) => void,
  host = '127.0.0.1',
): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {})); // a client that leaves in the middle is what is tested
    socket.once('close', () => sockets.delete(socket));
    // Until the end of what came in is read, the end of a connection is a reset.
    socket.once('data', (head) => answer(socket, head.toString('latin1').split(' ')[1] ?? ''));
  });
  await once(server.listen(0, host), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    get connections() {
      return sockets.size;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

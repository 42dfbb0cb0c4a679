import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** The port that resolv.conf cannot change. */
const PORT = 53;
const TYPE_A = 1;

export interface NameServer {
  /** The names that were asked for. */
  readonly asked: Set<string>;
  close(): void;
}

/**
 * A name server on an address of loopback, which says nothing until it gets a datagram `answer`, and
 * from then on that every host is 127.0.0.1. `undefined` where the port is not to be had.
 */
export async function startNameServer(host: string): Promise<NameServer | undefined> {
  const socket = createSocket('udp4');
  const asked = new Set<string>();
  let answers = false;
  socket.on('message', (query, { port, address }) => {
    if (query.toString() === 'answer') {
      answers = true;
      return;
    }
    const { name, end, type } = question(query);
    asked.add(name);
    if (answers) socket.send(answer(query.subarray(0, end), type), port, address);
  });
  try {
    socket.bind(PORT, host);
    await once(socket, 'listening');
  } catch {
    return undefined;
  }
  return { asked, close: () => socket.close() };
}

/** RFC 1035, section 4.1.2. */
function question(query: Buffer): { name: string; end: number; type: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), end: at + 5, type: query.readUInt16BE(at + 1) };
}

/** RFC 1035, section 4.1.3: the address for A, nothing for any other type. */
function answer(query: Buffer, type: number): Buffer {
  const reply = Buffer.from(query);
  reply.writeUInt16BE(0x8180, 2);
  reply.writeUInt16BE(type === TYPE_A ? 1 : 0, 6);
  reply.fill(0, 8, 12);
  if (type !== TYPE_A) return reply;
  const record = Buffer.from([0xc0, 12, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
  return Buffer.concat([reply, record]);
}

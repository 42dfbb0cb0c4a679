// How the rows of the table of raw responses are written.

/** What comes of a response: the keys, or the cause for which there are none. */
export type Outcome = string;

export interface Extra {
  /** What the server does after the bytes, in place of ending the connection. */
  readonly after?: 'hold' | 'reset';
  /** Why `fetch` decides otherwise; left out where both read the keys, or neither does. */
  readonly unlikeFetch?: string;
  /** `fetch` does so in some versions of Node alone. */
  readonly inSomeVersions?: boolean;
}

export type Row = [
  name: string,
  bytes: string | Buffer,
  outcome: Outcome,
  extra?: Extra | undefined,
];

export const OK = 'HTTP/1.1 200 OK';
export const CHUNKED = 'Transfer-Encoding: chunked';
export const HOLD: Extra = { after: 'hold' };
export const RESET: Extra = { after: 'reset' };

export const unlike = (unlikeFetch: string): Extra => ({ unlikeFetch });
export const inSomeVersions = (unlikeFetch: string): Extra => ({
  unlikeFetch,
  inSomeVersions: true,
});

/** A head of these lines, the first of which is the status, and a body. */
export function message(lines: readonly string[], body: string | Buffer = ''): Buffer {
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return Buffer.concat([head, Buffer.from(body)]);
}

export const lengthOf = (body: string | Buffer) => `Content-Length: ${Buffer.byteLength(body)}`;

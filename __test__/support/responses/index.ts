// What servers, caches and middleboxes put on the wire in answer to a request for keys, byte for byte,
// and what comes of it: here, and in Node's `fetch`.
import { bodies } from './bodies.js';
import { codings } from './codings.js';
import { heads } from './heads.js';
import type { Extra, Outcome } from './row.js';

export interface RawResponse extends Extra {
  readonly name: string;
  readonly bytes: Buffer;
  readonly outcome: Outcome;
}

/** The table, with this text as the key set. */
export function rawResponses(text: string): RawResponse[] {
  const rows = [...heads(text), ...bodies(text), ...codings(text)];
  return rows.map(([name, bytes, outcome, extra]) => ({
    name,
    bytes: typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes,
    outcome,
    ...extra,
  }));
}

/** A shorter part of a token gives nothing away, and may be a part of ordinary words. */
const SHORTEST_SECRET = 8;
/** A token in the middle of something else, by the `{"` that each header begins with. */
const TOKEN = /\bey[\w-]{8,}(?:\.[\w-]*)+/g;
const INSTEAD = '[not shown]';

/** Takes out of a text what must not be shown. */
export type Redact = (text: string) => string;

/**
 * The last line of defense: no text of this command is made from a token's payload or signature
 * segment, but a token may have been passed where something else belongs, such as in `--issuer`.
 */
export function createRedact(texts: readonly (string | undefined)[], token?: string): Redact {
  const tokens = texts.flatMap((text) => text?.match(TOKEN) ?? []);
  const secrets = [token ?? '', ...tokens]
    .flatMap((whole) => [whole, ...whole.split('.').slice(1)])
    .map((text) => text.trim())
    .filter((text) => text.length >= SHORTEST_SECRET);
  return (text) => secrets.reduce((shown, secret) => shown.replaceAll(secret, INSTEAD), text);
}

/** A shorter segment gives nothing away, and may be a part of ordinary words. */
const SHORTEST_SEGMENT = 8;
/** Something without segments, such as an API key. Not the word "undefined", which is in hints. */
const WHOLE = /^\S{16,}$/;
/**
 * In the middle of something else: a token, by the `{"` that each header begins with, the header or the
 * payload of one, or a sealed session.
 */
const TOKEN = /\bey[\w-]{8,}(?:\.[\w-]*)+|\beyJ[\w-]{24,}|\bFe26\.2\*[\w*~%-]+/g;
/** By so many characters a secret is told from other texts. Less is never shown of a value. */
const START = 64;
const INSTEAD = '[not shown]';

/** Takes out of a text what must not be shown. */
export type Redact = (text: string) => string;

/**
 * The last line of defense: no text of this command is made from a token's payload or signature
 * segment, but a token may have been passed where something else belongs, such as in `--issuer`.
 */
export function createRedact(texts: readonly (string | undefined)[], token?: string): Redact {
  const found = [...texts, token].flatMap((text) => text?.match(TOKEN) ?? []);
  const wholes = [token?.trim() ?? '', ...found];
  const segments = wholes.flatMap((whole) => whole.split('.').slice(1)).map((text) => text.trim());
  const secrets = [
    ...wholes.filter((whole) => WHOLE.test(whole)),
    ...segments.filter((segment) => segment.length >= SHORTEST_SEGMENT),
  ];
  const masks = secrets.map(maskOf);
  return (text) => masks.reduce((shown, mask) => shown.replaceAll(mask, INSTEAD), text);
}

/** With all that follows its start: a long value is cut off before it gets here. */
function maskOf(secret: string): RegExp {
  const isLong = secret.length > START;
  const start = secret.slice(0, START).replaceAll(/\W/g, '\\$&');
  return new RegExp(isLong ? `${start}[\\w.*~%-]*` : start, 'g');
}

/** A shorter segment gives nothing away, and may be a part of ordinary words. */
const SHORTEST_SEGMENT = 8;
/** Something without segments, such as an API key. Not the word "undefined", which is in hints. */
const WHOLE = /^\S{16,}$/;
/**
 * A token in the middle of something else, by the `{"` that each header begins with; or its header or
 * payload alone.
 */
const TOKEN = /\bey[\w-]{8,}(?:\.[\w-]*)+|\beyJ[\w-]{24,}/g;
/** The same of a sealed session. */
const SEAL = /\bFe26\.2\*[\w*~-]{8,}/g;
/** Between the parts of a token, and of a sealed session. */
const SEPARATORS = /[.*~]/;
/** By so many characters a secret is told from other texts. Less is never shown of a value. */
const START = 64;
const INSTEAD = '[not shown]';

/** Takes out of a text what must not be shown. */
export type Redact = (text: string) => string;

/**
 * The last line of defense: no text of this command is made from a token's payload or signature
 * segment, but a token may have been passed where something else belongs, such as in `--issuer`.
 */
export function createRedact(
  texts: readonly (string | undefined)[],
  token?: string,
  password?: string,
): Redact {
  const found = [...texts, token].flatMap((text) => [
    ...(text?.match(TOKEN) ?? []),
    ...(text?.match(SEAL) ?? []),
  ]);
  const wholes = [token?.trim() ?? '', password?.trim() ?? '', ...found];
  const parts = wholes.flatMap((whole) => whole.split(SEPARATORS).slice(1));
  const segments = parts.map((text) => text.trim());
  const secrets = [
    ...wholes.filter((whole) => WHOLE.test(whole)),
    ...segments.filter((segment) => segment.length >= SHORTEST_SEGMENT),
  ];
  const starts = secrets.filter((secret) => secret.length > START).map(startOf);
  return (text) => {
    const whole = secrets.reduce((shown, secret) => shown.replaceAll(secret, INSTEAD), text);
    return starts.reduce((shown, start) => shown.replaceAll(start, INSTEAD), whole);
  };
}

/** The start of a secret, with all that follows: a long value is cut off before it gets here. */
function startOf(secret: string): RegExp {
  const start = secret.slice(0, START).replaceAll(/\W/g, '\\$&');
  return new RegExp(`${start}[\\w.*~%-]*`, 'g');
}

/** A shorter segment gives nothing away, and may be a part of ordinary words. */
const SHORTEST_SEGMENT = 8;
/** Something without segments, such as an API key. Not the word "undefined", which is in hints. */
const WHOLE = /^\S{16,}$/;
/** A token in the middle of something else, by the `{"` that each header begins with. */
const TOKEN = /\bey[\w-]{8,}(?:\.[\w-]*)+/g;
/** The same of a sealed session. */
const SEAL = /\bFe26\.2\*[\w*~-]{8,}/g;
/** Between the parts of a token, and of a sealed session. */
const SEPARATORS = /[.*~]/;
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
  return (text) => secrets.reduce((shown, secret) => shown.replaceAll(secret, INSTEAD), text);
}

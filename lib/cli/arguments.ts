// Reads the arguments. What `parseArgs` says of wrong ones is not used, since it repeats them, and one
// may be the token.

import { hintForName } from '../options/names.ts';
import { Misuse } from './misuse.ts';
import { OPTIONS, type Option, type OptionName, SHORT_OPTIONS } from './options.ts';
import { flagOf } from './text.ts';

const { parseArgs } = process.getBuiltinModule('node:util');

/** What `Misuse` may repeat: words as those of options, and shorter than any part of a token. */
const NAME = /^[a-z][a-z-]{0,30}$/i;
/** What the library calls by another name than the option here. */
const LIBRARY_NAMES: Readonly<Record<string, string>> = Object.freeze({
  timeoutMs: 'jwksCache.timeoutMs',
  ca: 'jwksCache.ca',
});

export type Values = { readonly [Name in OptionName]?: readonly string[] };

export interface Arguments {
  readonly values: Values;
  readonly positionals: readonly string[];
}

type Token =
  | { kind: 'option'; name: string; value?: string | undefined; inlineValue?: boolean | undefined }
  | { kind: 'positional'; value: string }
  | { kind: 'option-terminator' };

/** With the options that `allowed` names, and no others. A flag that is there has an empty value. */
export function readArguments(args: readonly string[], allowed: readonly OptionName[]): Arguments {
  const values: Record<string, string[]> = Object.create(null);
  const positionals: string[] = [];
  for (const token of tokensOf(args)) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const name = nameOf(token.name, allowed);
    const option: Option = OPTIONS[name];
    if (values[name] !== undefined && !/s$/.test(option.kind) && option.kind !== 'list')
      throw new Misuse(`--${name} is there twice`, 'Pass it once.');
    (values[name] ??= []).push(readValue(name, option, token));
  }
  return { values, positionals };
}

function tokensOf(args: readonly string[]): Token[] {
  const options = Object.fromEntries(
    Object.entries<Option>(OPTIONS).map(([name, { kind }]) => [
      name,
      { type: kind === 'flag' ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const settings = { strict: false, allowPositionals: true, tokens: true } as const;
  return parseArgs({ args: [...args], options, ...settings }).tokens;
}

function nameOf(given: string, allowed: readonly OptionName[]): OptionName {
  const name = Object.hasOwn(SHORT_OPTIONS, given) ? SHORT_OPTIONS[given] : given;
  const known = allowed.find((option) => option === name);
  if (known !== undefined) return known;
  if (!NAME.test(given) || given.length < 2)
    throw new Misuse('there is no such option', 'See the options with --help.');
  if (Object.hasOwn(OPTIONS, given))
    throw new Misuse(`this command has no option --${given}`, 'See its options with --help.');
  throw new Misuse(`there is no option --${given}`, suggestion(given, allowed));
}

function readValue(
  name: string,
  { kind }: Option,
  { value, inlineValue }: Extract<Token, { kind: 'option' }>,
): string {
  if (kind === 'flag') {
    if (value === undefined) return '';
    throw new Misuse(`--${name} takes no value`, `Write --${name} alone.`);
  }
  if (value === undefined) throw new Misuse(`--${name} has no value`, `Write --${name} <value>.`);
  if (inlineValue || value === '-' || !value.startsWith('-')) return value;
  throw new Misuse(
    `--${name} has no value, or one that begins with "-"`,
    `Write --${name}=<value> if the value begins with "-".`,
  );
}

/** By the names of the library's options, and by those of other libraries. */
function suggestion(given: string, allowed: readonly OptionName[]): string {
  const names = allowed.map((name) => libraryNameOf(name));
  const known = names.filter((name) => !name.includes('.'));
  const cached = names.some((name) => name.startsWith('jwksCache.')) ? ['jwksCache'] : [];
  const hint = hintForName(given, [...known, ...cached], 'options');
  return hint.startsWith('The options are ') ? 'See the options with --help.' : inFlags(hint);
}

function libraryNameOf(option: string): string {
  const name = option.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return LIBRARY_NAMES[name] ?? name;
}

/** A message or hint of the library, with the names that its options have here. */
export function inFlags(text: string): string {
  return text.replaceAll(
    /(?:the option )?"((?:jwksCache\.)?[a-zA-Z]+)"/g,
    (quoted, name: string) => {
      const flag = flagOf(name);
      return Object.hasOwn(OPTIONS, flag.slice(2)) ? flag : quoted;
    },
  );
}

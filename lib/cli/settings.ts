// The library's options, from those of the command.

import type { WorkosAlgorithm, WorkosJwks, WorkosTokenOptions } from '../../index.cjs';
import type { Values } from './arguments.ts';
import { Misuse } from './misuse.ts';

const { readFileSync } = process.getBuiltinModule('node:fs');

type Options = { -readonly [Name in keyof WorkosTokenOptions]: WorkosTokenOptions[Name] };

type NumberName = 'clock-tolerance-seconds' | 'max-auth-age-seconds' | 'now' | 'timeout-ms';

/** Separates names. One with a backslash before it belongs to a name: scopes may have it (RFC 6749, 3.3). */
const COMMA = /(?<!\\),/;

/** Only what was given: `undefined` is refused for some. */
export function settingsOf(values: Values): WorkosTokenOptions {
  const options: Options = {};
  const set = <Name extends keyof Options>(name: Name, value: Options[Name] | undefined) => {
    if (value !== undefined) options[name] = value;
  };
  set('clientId', textOf(values['client-id']));
  set('profile', textOf(values.profile) as Options['profile']);
  set('authkitDomain', textOf(values['authkit-domain']));
  set('resource', textOf(values.resource));
  set('audience', audienceOf(values));
  set('issuer', textsOf(values.issuer));
  set('apiUrl', textOf(values['api-url']));
  set('jwksUrl', textOf(values['jwks-url']));
  set('jwks', keySetOf(textOf(values.jwks)));
  set('allowInsecureJwksUrl', flagOf(values['allow-insecure-jwks-url']));
  set('algorithms', listOf(values.algorithms) as WorkosAlgorithm[] | undefined);
  set('clockToleranceSeconds', numberOf('clock-tolerance-seconds', values));
  set('organizationId', textsOf(values['organization-id']));
  set('permissions', listOf(values.permissions));
  set('roles', listOf(values.roles));
  set('entitlements', listOf(values.entitlements));
  set('featureFlags', listOf(values['feature-flags']));
  set('maxAuthAgeSeconds', numberOf('max-auth-age-seconds', values));
  set('impersonation', textOf(values.impersonation) as Options['impersonation']);
  set('subjects', listOf(values.subjects) as Options['subjects']);
  set('scopes', listOf(values.scopes));
  set('now', numberOf('now', values));
  set('jwksCache', cacheOf(values));
  return options;
}

function audienceOf(values: Values): string | string[] | null | undefined {
  if (values['no-audience'] === undefined) return textsOf(values.audience);
  if (values.audience === undefined) return null;
  throw new Misuse('--audience and --no-audience are mutually exclusive', 'Leave one of them out.');
}

function cacheOf(values: Values): WorkosTokenOptions['jwksCache'] {
  const timeoutMs = numberOf('timeout-ms', values);
  const ca = values.ca?.map((file) => readText('ca', file));
  if (timeoutMs === undefined && ca === undefined) return undefined;
  return { ...(timeoutMs !== undefined && { timeoutMs }), ...(ca !== undefined && { ca }) };
}

function textOf(given: readonly string[] | undefined): string | undefined {
  return given?.[0];
}

function textsOf(given: readonly string[] | undefined): string | string[] | undefined {
  return given?.length === 1 ? given[0] : given && [...given];
}

function listOf(given: readonly string[] | undefined): string[] | undefined {
  return given
    ?.flatMap((text) => text.split(COMMA))
    .map((text) => text.trim().replaceAll('\\,', ','));
}

function flagOf(given: readonly string[] | undefined): true | undefined {
  return given === undefined ? undefined : true;
}

function numberOf(name: NumberName, values: Values): number | undefined {
  const text = textOf(values[name]);
  if (text === undefined) return undefined;
  // Not what `Number` takes besides: "", "0x10", "1e3".
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new Misuse(`the value of --${name} is not a number`, 'Write it in digits.');
}

function keySetOf(file: string | undefined): WorkosJwks | undefined {
  if (file === undefined) return undefined;
  const text = readText('jwks', file);
  try {
    return JSON.parse(text);
  } catch {
    throw new Misuse(
      'the file of --jwks is not JSON',
      'Pass a file with a key set, as the key URL gives it: {"keys":[...]}.',
    );
  }
}

/** Without its name in the message: it may be a token in the wrong place. */
function readText(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Misuse(
      `the file of --${name} can't be read (${code})`,
      `Pass the name of a file after --${name}.`,
    );
  }
}

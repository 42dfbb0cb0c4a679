// The mistakes that the table of causes is tested with, made at the command: the hint names the cause.
import type { WorkosTokenOptions } from 'verify-workos-token';
import { afterAll, describe, expect, test } from 'vitest';
import { inFlags } from '../../lib/cli/arguments.ts';
import { flagOf } from '../../lib/cli/text.ts';
import { scenarios } from '../causes/scenarios/index.js';
import { type Attempt, type Scenario, World } from '../causes/scenarios/world.js';
import { rows } from '../causes/support.js';
import { command, file, removeFolder, secretsOf } from '../support/command.js';

/** Where the rest is: what a program can pass and a command line can't. */
const FEWEST = 130;
let files = 0;

afterAll(removeFolder);

type Call = { args: string[]; env: Record<string, string>; token: string };

/** The arguments for an attempt, if it can be made at the command. */
function callOf({ token, options = {}, environment = {}, call }: Attempt): Call | undefined {
  if (call !== undefined || typeof token !== 'string' || token === '') return undefined;
  const prototype = Object.getPrototypeOf(options);
  if (prototype !== null && prototype !== Object.prototype) return undefined;
  const args: string[] = [];
  for (const name of Reflect.ownKeys(options)) {
    const more = flagsOf(String(name), options[name as keyof WorkosTokenOptions]);
    if (more === undefined) return undefined;
    args.push(...more);
  }
  const set = Object.entries(environment).filter((entry): entry is [string, string] => !!entry[1]);
  return { args, env: { ...Object.fromEntries(set), WORKOS_TOKEN: token }, token };
}

function flagsOf(name: string, value: unknown): string[] | undefined {
  const flag = flagOf(name);
  const texts = (given: unknown[]) => given.map((text) => `${flag}=${text}`);
  const isText = typeof value === 'string' || typeof value === 'number';
  switch (name) {
    case 'jwks':
      return value === undefined ? [] : keyFlags(value as { keys: object[] });
    case 'jwksCache':
      return cacheFlags(value as object);
    case 'audience':
      if (value === null) return ['--no-audience'];
      return Array.isArray(value) ? texts(value) : isText ? texts([value]) : undefined;
    case 'issuer':
    case 'organizationId':
      return Array.isArray(value) ? texts(value) : isText ? texts([value]) : undefined;
    case 'algorithms':
    case 'permissions':
    case 'roles':
      return Array.isArray(value) && value.length > 0 ? texts([value.join(',')]) : undefined;
    case 'now':
      return texts([typeof value === 'function' ? value() : value]);
    case 'clientId':
    case 'jwksUrl':
    case 'apiUrl':
    case 'impersonation':
      return isText ? texts([value]) : undefined;
    case 'clockToleranceSeconds':
      return typeof value === 'number' ? texts([value]) : undefined;
    default:
      return undefined;
  }
}

/** What a key inherits is not in JSON. */
function keyFlags(set: { keys: (object | null)[] }): string[] | undefined {
  const isPlain = (key: object | null) =>
    key === null || Object.getPrototypeOf(key) === Object.prototype;
  files += 1;
  const place = `jwks-${files}.json`;
  return set.keys.every(isPlain) ? [`--jwks=${file(place, JSON.stringify(set))}`] : undefined;
}

function cacheFlags(cache: object): string[] | undefined {
  const flags = Object.entries(cache).map(([name, value]) => {
    if (name === 'timeoutMs') return `--timeout-ms=${value}`;
    files += 1;
    return name === 'ca' ? `--ca=${file(`ca-${files}.pem`, value)}` : undefined;
  });
  return flags.includes(undefined) ? undefined : (flags as string[]);
}

/** That of a variable has its name in front. */
function plain(hint: string): string {
  return hint.replace(/^Correct WORKOS_\w+ in the environment\. /, '');
}

const hintOf = (cause: string) => rows.find(({ id }) => id === cause)?.hint ?? '';

async function make(scenario: Scenario, use: (call: Call) => Promise<void>): Promise<boolean> {
  const world = new World();
  try {
    const call = callOf(await scenario.make(world));
    if (call !== undefined) await use(call);
    return call !== undefined;
  } finally {
    await world.close();
  }
}

let made = 0;

describe.concurrent('the hint names the cause', () => {
  test.each(scenarios.map((scenario) => [scenario.mistake, scenario.cause, scenario] as const))(
    '%s: %s',
    async (_, cause, scenario) => {
      const wasMade = await make(scenario, async ({ args, env, token }) => {
        const { status, stdout, stderr } = await command(['explain', ...args, '--json'], { env });
        const { error, ...explanation } = JSON.parse(stdout);
        const { code, hint } = error ?? explanation;
        // It is explained as a session, which needs a password.
        const isSession = token.startsWith('Fe26.2');
        const expected = hintOf(isSession ? 'cookie-password' : cause);
        const isOption = isSession || scenario.code === 'INVALID_OPTIONS';
        expect({ code, hint: plain(hint) }).toEqual({
          code: isSession ? 'INVALID_OPTIONS' : scenario.code,
          hint: isOption ? inFlags(expected) : expected,
        });
        expect(status).toSatisfy((value) => (isOption ? value === 2 : value === 1 || value === 3));
        for (const secret of secretsOf(token)) expect(stdout + stderr).not.toContain(secret);
      });
      if (wasMade) made += 1;
    },
  );
});

describe.concurrent('doctor says it of keys', () => {
  const ofKeys = scenarios.filter(({ code }) => code === 'JWKS_FETCH_FAILED');

  test.each(ofKeys.map((scenario) => [scenario.mistake, scenario.cause, scenario] as const))(
    '%s: %s',
    async (_, cause, scenario) => {
      await make(scenario, async ({ args, env }) => {
        const { stdout } = await command(['doctor', ...args, '--json'], { env });
        const { findings, ok } = JSON.parse(stdout);
        const failed = findings.filter(({ level }: { level: string }) => level === 'fail');
        expect(failed.map(({ id, nextStep }: Record<string, string>) => [id, nextStep])).toEqual([
          ['keys', hintOf(cause)],
        ]);
        expect(ok).toBe(false);
      });
    },
  );
});

test('nearly all mistakes can be made at the command', () => {
  expect(made).toBeGreaterThanOrEqual(FEWEST);
});

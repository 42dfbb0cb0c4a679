// The table of causes as it is shipped: the core's rows, and those of JavaScript.
import { vi } from 'vitest';
import { type WorkosTokenError, verifyWorkosToken } from 'verify-workos-token';
import type { CauseRow } from '../../lib/binding.d.ts';
import { causes } from '../../lib/causes.js';
import { binding } from '../support/binding.js';
import { refusal } from '../support/refusal.js';
import { type Attempt, type Scenario, World } from './scenarios/world.js';

export const coreRows: readonly CauseRow[] = binding.causes();
export const rows: readonly CauseRow[] = [...coreRows, ...causes()];

/** What plays a part in options besides them. */
const VARIABLES = [
  'WORKOS_CLIENT_ID',
  'WORKOS_API_HOSTNAME',
  'WORKOS_API_PORT',
  'WORKOS_API_HTTPS',
  'WORKOS_COOKIE_PASSWORD',
  'WORKOS_AUTHKIT_DOMAIN',
  ...['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [
    name,
    name.toLowerCase(),
  ]),
];

/** Makes the mistake, and returns what comes of it and what was passed. */
export async function provoke(
  scenario: Scenario,
): Promise<{ error: WorkosTokenError; attempt: Attempt }> {
  const world = new World();
  try {
    const attempt = await scenario.make(world);
    const { token, options, environment = {}, call = verifyWorkosToken as never } = attempt;
    // First all, then those that are given: on Windows HTTPS_PROXY and https_proxy are one.
    for (const name of VARIABLES) vi.stubEnv(name, undefined);
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const error = await refusal(() => (call as NonNullable<Attempt['call']>)(token, options));
    return { error, attempt };
  } finally {
    vi.unstubAllEnvs();
    await world.close();
  }
}

/** The ids of the rows whose hint this is. That of a variable has its name in front. */
export function namedBy({ hint }: WorkosTokenError): string[] {
  const plain = hint.replace(/^Correct WORKOS_\w+ in the environment\. /, '');
  return rows.filter((row) => row.hint === plain).map(({ id }) => id);
}

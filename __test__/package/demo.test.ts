import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createTestIssuer } from 'verify-workos-token/testing';

const demo = fileURLToPath(new URL('../../scripts/demo.mjs', import.meta.url));

function run(
  env: NodeJS.ProcessEnv,
  input: string,
  args: string[] = [],
): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...args, demo], { env: { ...process.env, ...env } });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('close', (status) => resolve({ status, output }));
    child.stdin.end(input);
  });
}

describe('the demo', () => {
  it('accepts a good token and shows each kind of refusal with its hint', async () => {
    const { status, output } = await run({ WORKOS_CLIENT_ID: '' }, '');
    expect(output.match(/refused: \w+/g)).toEqual([
      'refused: TOKEN_EXPIRED',
      'refused: INVALID_AUDIENCE',
      'refused: INVALID_AUDIENCE',
      'refused: INVALID_ISSUER',
      'refused: INVALID_SIGNATURE',
      'refused: UNKNOWN_KEY',
      'refused: JWKS_FETCH_FAILED',
    ]);
    expect(output.match(/^ {2}-> /gm)).toHaveLength(7);
    expect(output).toContain('"sub": "user_');
    expect(status).toBe(0);
  });

  it('fits a narrow terminal, but for words that must stay whole', async () => {
    const { output } = await run({ WORKOS_CLIENT_ID: '' }, '');
    const prose = output.split('\n').filter((line) => !/"|https?:/.test(line));
    expect(Math.max(...prose.map((line) => line.length))).toBeLessThanOrEqual(72);
  });

  it('verifies a token from standard input with the keys of WORKOS_CLIENT_ID', async () => {
    const issuer = createTestIssuer();
    await issuer.listen();
    const { hostname, port, origin } = new URL(issuer.jwksUrl as string);
    const env = {
      WORKOS_CLIENT_ID: 'client_test',
      WORKOS_API_HOSTNAME: hostname,
      WORKOS_API_PORT: port,
      WORKOS_API_HTTPS: 'false',
    };
    const good = await run(
      env,
      `${await issuer.sign({ iss: `${origin}/user_management/client_test` })}\n`,
    );
    const bad = await run(env, await issuer.expired());
    await issuer.close();
    expect([good.status, bad.status]).toEqual([0, 1]);
    expect(good.output).toContain('accepted');
    expect(bad.output).toContain('refused: TOKEN_EXPIRED');
  });
});

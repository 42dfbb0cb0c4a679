import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { verifyWorkosToken, type WorkosTokenOptions } from 'verify-workos-token';
import { createTestIssuer } from 'verify-workos-token/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, rowsOf } from '../integration/support/docs.js';
import {
  CLIENT_ID,
  closeGuides,
  domain,
  folderOf,
  issuer,
  openGuides,
  root,
  run,
  unquote,
} from '../support/guides.js';
import { refusal } from '../support/refusal.js';

const page = 'machine-tokens.md';
const blocks = blocksOf(page);

/** The claims of a machine's token that differ from those of a session's. */
const machine = (changes: object = {}) => ({
  iss: domain,
  sub: 'client_01PARTNER',
  client_id: 'client_01PARTNER',
  sid: undefined,
  scope: 'reports:read',
  ...changes,
});
const user = (changes: object = {}) => ({
  ...machine({ sub: 'user_01', sid: 'app_consent_01' }),
  ...changes,
});

beforeAll(() => openGuides(page));
afterAll(closeGuides);

describe('machine-tokens.md', () => {
  it('has no code block that is not run', () => {
    expect(blocks.map(({ language, name }) => (language === 'js' ? name : language))).toEqual([
      'sh',
      'json',
      'machine.js',
      'reports.js',
      'both.js',
      'machine.test.js',
    ]);
  });

  it('gets a token as it says', async () => {
    const registration = await fetch(`${domain}/oauth2/register`, {
      method: 'POST',
      body: JSON.stringify({
        grant_types: ['client_credentials'],
        token_endpoint_auth_method: 'client_secret_post',
      }),
    });
    const { client_id, client_secret } = (await registration.json()) as Record<string, string>;
    const [curl, url = '', ...data] = (blocks[0]?.text ?? '').trim().split(/ (?:-d )?/);
    expect(curl).toBe('curl');
    const given: Record<string, string | undefined> = { client_id, client_secret };
    const body = new URLSearchParams();
    for (const [name = '', value = ''] of data.map((pair) => pair.split('=')))
      body.set(name, given[name] ?? value);
    const response = await fetch(url.replace('https://acme.authkit.app', domain), {
      method: 'POST',
      body,
    });
    const { access_token } = (await response.json()) as { access_token: string };
    const options = { profile: 'connect', authkitDomain: domain, audience: CLIENT_ID } as const;
    const claims = await verifyWorkosToken(access_token, { ...options, subjects: ['machine'] });
    expect(claims).toMatchObject({ sub: client_id, client_id, scope: 'reports:read' });
  });

  it('shows a token that is accepted as it is', async () => {
    const claims = JSON.parse(blocks[1]?.text ?? '');
    const production = createTestIssuer({ clientId: CLIENT_ID, authkitDomain: 'acme.authkit.app' });
    const { resource: _, ...trusted } = production.connectOptions;
    const token = await production.signMachine(claims);
    const options = { ...trusted, audience: CLIENT_ID, now: claims.iat } as WorkosTokenOptions;
    expect(await verifyWorkosToken(token, { ...options, subjects: ['machine'] })).toEqual(claims);
  });

  it('says which machine calls', async () => {
    const use = 'console.log(JSON.stringify(await page.whichMachine(token)));';
    const claims = machine({ org_id: 'org_01ACME' });
    expect(await run(page, 'machine.js', use, claims)).toEqual({
      application: 'client_01PARTNER',
      organization: 'org_01ACME',
    });
  });

  it('guards a handler', async () => {
    const use = `
      const answers = [await page.GET(bearer(token)), await page.GET(bearer(forged)), await page.GET(request({}))];
      console.log(JSON.stringify(await Promise.all(answers.map(answer))));`;
    expect(await run(page, 'reports.js', use, machine())).toMatchObject([
      [200, { application: 'client_01PARTNER' }],
      [401, { code: 'INVALID_SIGNATURE' }],
      [401, { code: 'MALFORMED_TOKEN' }],
    ]);
    const lacking = 'console.log(JSON.stringify(await answer(await page.GET(bearer(token)))));';
    expect(await run(page, 'reports.js', lacking, machine({ scope: 'x' }))).toMatchObject([
      403,
      { code: 'MISSING_PERMISSION' },
    ]);
  });

  it('takes users and machines', async () => {
    const use = 'console.log(JSON.stringify(await page.whoCalls(token)));';
    expect(await run(page, 'both.js', use, machine())).toBe('client_01PARTNER');
    const aud = 'https://api.acme.example';
    expect(await run(page, 'both.js', use, user({ aud }))).toBe('client_01PARTNER for user_01');
  });

  it('tests code of its users', async () => {
    const tests = path.join(folderOf(page), 'vitest');
    mkdirSync(tests, { recursive: true });
    writeFileSync(path.join(tests, 'machine.test.js'), blocks[5]?.text ?? '');
    // Else vitest takes this repository's.
    writeFileSync(path.join(tests, 'vitest.config.js'), 'export default {};');
    const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const args = [vitest, 'run', '--root', tests, '--reporter', 'json'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: tests });
    expect(JSON.parse(stdout)).toMatchObject({ success: true, numPassedTests: 2 });
  });

  it('names the codes of the mistakes', async () => {
    const trusted = { profile: 'connect', authkitDomain: domain, audience: CLIENT_ID } as const;
    const machines = { ...trusted, subjects: ['machine'] } as const;
    const { audience: _, ...bare } = trusted;
    const attempts: [claims: object, options: WorkosTokenOptions][] = [
      [{}, machines],
      [machine({ iss: 'https://staging.authkit.app' }), machines],
      [machine(), { ...bare, resource: 'https://api.acme.example', subjects: ['machine'] }],
      [machine(), trusted],
      [user(), machines],
      [machine({ client_id: undefined, nonce: 'n' }), machines],
      [machine(), { ...machines, scopes: ['reports:write'] }],
      [machine(), bare],
      [machine(), issuer.options as WorkosTokenOptions],
    ];
    const codes: string[] = [];
    for (const [claims, options] of attempts) {
      const token = await issuer.sign({ ...claims });
      codes.push((await refusal(() => verifyWorkosToken(token, options))).code);
    }
    const rows = rowsOf(page).filter(([, code = '']) => /^`[A-Z_]+`$/.test(code));
    expect(rows.map(([, code]) => unquote(code))).toEqual(codes);
  });
});

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { verifyWorkosToken } from 'verify-workos-token';
import { createTestIssuer } from 'verify-workos-token/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, rowsOf } from '../integration/support/docs.js';
import {
  CLIENT_ID,
  closeGuides,
  folderOf,
  iss,
  issuer,
  node,
  openGuides,
  root,
  run,
} from '../support/guides.js';

const user = { sub: 'user_1' };

beforeAll(() => openGuides('workos-setup.md'));
afterAll(closeGuides);

describe('workos-setup.md', () => {
  const page = 'workos-setup.md';
  const blocks = blocksOf(page);

  it('has no code block that is not run', () => {
    expect(blocks.map(({ language, name }) => [language, name])).toEqual([
      ['json', `{ "aud": "${CLIENT_ID}" }`],
      ['js', 'verify.mjs'],
      ['sh', `WORKOS_CLIENT_ID=${CLIENT_ID} TOKEN=eyJ... node verify.mjs`],
      ['json', '{'],
      ['sh', `curl https://api.workos.com/sso/jwks/${CLIENT_ID}`],
      ['json', `{ "aud": ["${CLIENT_ID}", "char-ai-agent"] }`],
      ['js', 'audience.mjs'],
    ]);
  });

  it('verifies a token that the template has given its audience', async () => {
    const template = JSON.parse(blocks[0]?.text ?? '');
    const bare = { ...user, iss, aud: undefined };
    expect(await verifyByCommand({ ...bare, ...template })).toContain("sub: 'user_1'");
    expect(await verifyByCommand(bare)).toMatch(/^INVALID_AUDIENCE: .+\n.*JWT template/i);
  });

  /** The shell block, with a token in place of the dots. */
  async function verifyByCommand(claims: object): Promise<string> {
    const [, ...words] = (blocks[2]?.text ?? '').trim().split(' ');
    expect(words.slice(-2)).toEqual(['node', 'verify.mjs']);
    const variables = { TOKEN: await issuer.sign({ ...claims }) };
    const command = node(folderOf(page), ['verify.mjs'], variables);
    return command.then(
      ({ stdout }) => stdout,
      ({ stderr }) => stderr,
    );
  }

  it('shows a token that is accepted as it is', async () => {
    const claims = JSON.parse(blocks[3]?.text ?? '');
    const production = createTestIssuer({ clientId: CLIENT_ID });
    const options = { clientId: CLIENT_ID, jwks: production.jwks, now: claims.iat };
    const token = await production.sign({ auth_time: undefined, ...claims });
    expect(await verifyWorkosToken(token, options)).toEqual(claims);
  });

  it('names the addresses that are read', async () => {
    const { origin } = new URL(issuer.jwksUrl as string);
    const urls = (blocks[4]?.text ?? '')
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[1]);
    const [keys, discovery] = await Promise.all(
      urls.map(async (url = '') =>
        (await fetch(url.replace('https://api.workos.com', origin))).json(),
      ),
    );
    expect(keys).toEqual(issuer.jwks);
    expect(discovery).toMatchObject({ jwks_uri: expect.stringContaining('/sso/jwks/') });
  });

  it('verifies for an audience of its own', async () => {
    const template = JSON.parse(blocks[5]?.text ?? '');
    const use = `
      const { aud } = await page.verifier.verify(token);
      console.log(JSON.stringify(aud));`;
    expect(await run(page, 'audience.mjs', use, template)).toEqual(template.aud);
  });

  it('says that the issuer is what a relying party is told', async () => {
    const documented = `https://api.workos.com/user_management/<client id>`;
    expect(rowsOf(page)).toContainEqual(['issuer', `\`${documented}\``]);
    expect(issuer.issuer).toBe(documented.replace('<client id>', CLIENT_ID));
  });

  it('has every claim that the types know, and email', () => {
    const types = readFileSync(path.join(root, 'index.d.cts'), 'utf8');
    const body = /interface WorkosClaims \{(.*?)\n\}/s.exec(types)?.[1] ?? '';
    const known = [...body.matchAll(/^ {2}readonly (\w+)/gm)].map(([, name]) => name as string);
    const cells = rowsOf(page).filter((row) => row.length === 3);
    const listed = cells.flatMap(([first = '']) => first.match(/(?<=`)\w+(?=`)/g) ?? []);
    // WorkOS issues no nbf.
    for (const name of [...known.filter((each) => each !== 'nbf'), 'email'])
      expect(listed).toContain(name);
  });
});

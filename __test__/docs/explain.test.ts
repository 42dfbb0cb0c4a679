import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, rowsOf } from '../integration/support/docs.js';
import {
  closeGuides,
  folderOf,
  iss,
  issuer,
  node,
  openGuides,
  unquote,
} from '../support/guides.js';
import {
  createWorkosVerifier,
  explainWorkosToken,
  type WorkosTokenExplanation,
} from 'verify-workos-token';
import { readFileSync } from 'node:fs';

const page = 'explain.md';

beforeAll(() => openGuides(page));
afterAll(closeGuides);

describe(page, () => {
  const blocks = blocksOf(page);

  it('has no code block that is not run', () => {
    expect(blocks.map(({ language, name }) => [language, name])).toEqual([
      ['js', 'explain.mjs'],
      ['sh', 'WORKOS_CLIENT_ID=client_01234567890ABCDEF TOKEN=eyJ... node explain.mjs'],
      ['text', 'TOKEN_EXPIRED Refresh the session to get a new access token ...'],
    ]);
  });

  it('prints what it says', async () => {
    expect(await run({ iss })).toBe('accepted \n');
    const printed = await run({ iss, exp: Math.floor(Date.now() / 1000) - 300, aud: undefined });
    const shown = printed
      .replace(/^(TOKEN_EXPIRED .{45}\S*) .*/, '$1 ...')
      .replace(/(?<=expected: )[\d.]+/, '1749999995')
      .replace(/(?<=actual: )\d+/, '1749999700');
    expect(shown).toBe(blocks[2]?.text);
    const forged = await issuer.wrongKey();
    expect(await runWith(forged)).toContain('The signature was not verified');
    expect(await run({ iss, iat: Math.floor(Date.now() / 1000) + 100 })).toContain('clock');
  });

  it('lists the members and the checks', async () => {
    const every = {
      organizationId: 'o',
      roles: ['r'],
      permissions: ['p'],
      entitlements: ['e'],
      featureFlags: ['f'],
      maxAuthAgeSeconds: 1,
      impersonation: 'deny',
    } as const;
    const options = { ...issuer.options, ...every };
    const explanation = await explainWorkosToken(await issuer.sign(), options);
    const connect = await explainWorkosToken(await issuer.signConnect(), {
      ...issuer.connectOptions,
      ...every,
      scopes: ['s'],
    });
    const members = [...Object.keys(explanation), 'name', 'retryAfterSeconds', 'cause'];
    expect(namesIn('`ok`')).toEqual(members);
    const listed = namesIn('`form`');
    const namesOf = ({ checks }: WorkosTokenExplanation) => checks.map(({ check }) => check);
    const ofConnect = ['cnf', 'scope'];
    const ofSession = listed.filter((name) => !ofConnect.includes(name));
    expect(namesOf(explanation)).toEqual(ofSession);
    // The page says that `sid` comes before `aud` here.
    expect(namesOf(connect).toSorted()).toEqual(listed.toSorted());
    expect(namesOf(connect).filter((name) => name !== 'sid')).toEqual(
      listed.filter((name) => name !== 'sid'),
    );
    const types = readFileSync(new URL('../../index.d.cts', import.meta.url), 'utf8');
    const declared = /interface WorkosTokenExplanation \{(.*?)\n\}/s.exec(types)?.[1] ?? '';
    const names = [...declared.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name]) => name);
    expect(names).toEqual(members);
  });

  it('is right that nothing is counted', async () => {
    const verifier = createWorkosVerifier(issuer.options);
    await verifier.explain(await issuer.expired());
    expect(verifier.stats()).toMatchObject({ verified: 0, rejected: {} });
  });

  /** The names in the first column of the table whose first row has this one first. */
  function namesIn(first: string): string[] {
    const rows = rowsOf(page);
    const body = rows.slice(rows.findIndex(([cell = '']) => cell.startsWith(first)));
    const end = body.findIndex(([cell = '']) => !cell.startsWith('`'));
    return body
      .slice(0, end === -1 ? undefined : end)
      .flatMap(([cell = '']) => unquote(cell).split(', '));
  }
});

async function run(claims: object): Promise<string> {
  return runWith(await issuer.sign({ ...claims }));
}

async function runWith(token: string): Promise<string> {
  const { stdout } = await node(folderOf(page), ['explain.mjs'], { TOKEN: token });
  return stdout;
}

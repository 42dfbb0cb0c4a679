import { authenticateRequest, errorToResponse } from 'verify-workos-token/web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  blocksOf,
  FRAMEWORK_PAGES,
  MIGRATION_PAGES,
  OBSERVABILITY_PAGE,
  PAGES_OF_THEIR_OWN,
  pages,
  RECIPE_PAGES,
  rowsOf,
} from '../integration/support/docs.js';
import { closeGuides, issuer, openGuides, unquote } from '../support/guides.js';

beforeAll(() => openGuides());
afterAll(closeGuides);

describe('the guides', () => {
  it('are all run, here or in the real frameworks', () => {
    const here = [
      'README.md',
      'api.md',
      'command-line.md',
      'connection.md',
      'explain.md',
      'faq.md',
      'fetch-handlers.md',
      'machine-tokens.md',
      'serverless.md',
      'several-environments.md',
      'testing.md',
      'troubleshooting.md',
      'workos-setup.md',
    ];
    const elsewhere = [
      ...FRAMEWORK_PAGES,
      ...MIGRATION_PAGES,
      ...PAGES_OF_THEIR_OWN,
      ...RECIPE_PAGES,
    ];
    expect(pages()).toEqual([...here, ...elsewhere, OBSERVABILITY_PAGE].sort());
    expect(blocksOf('faq.md')).toEqual([]);
  });

  it('answer as README.md says', async () => {
    expect(blocksOf('README.md')).toEqual([]);
    const documented = rowsOf('README.md')
      .filter(([, status = '']) => /^\d+$/.test(status))
      .map(([, status, header, body]) => [status, unquote(header), unquote(body)]);
    expect(documented).toEqual([
      await answerTo({}),
      await answerTo({ authorization: 'Bearer a b' }),
      await answerTo({ authorization: `Bearer ${await issuer.wrongKey()}` }),
      await answerTo({ authorization: `Bearer ${await issuer.sign()}` }, { permissions: ['a'] }),
      await answerTo(
        { authorization: `Bearer ${await issuer.sign()}` },
        { jwksUrl: 'http://127.0.0.1:1/' },
      ),
    ]);
  });
});

async function answerTo(headers: Record<string, string>, options: object = {}): Promise<string[]> {
  const request = new Request('http://localhost/', { headers });
  const response = await authenticateRequest(request, { ...issuer.options, ...options }).then(
    () => expect.unreachable('the request is refused'),
    errorToResponse,
  );
  const challenge = ['WWW-Authenticate', 'Retry-After']
    .filter((name) => response.headers.has(name))
    .map((name) => `${name}: ${response.headers.get(name)}`);
  return [String(response.status), challenge.join(), await response.text()];
}

import { existsSync } from 'node:fs';
import path from 'node:path';
import { authenticateRequest, errorToResponse } from 'verify-workos-token/web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  blocksOf,
  FRAMEWORK_PAGES,
  OBSERVABILITY_PAGE,
  pages,
  RECIPE_PAGES,
  readPage,
  rowsOf,
} from '../integration/support/docs.js';
import { closeGuides, issuer, openGuides, root, unquote } from '../support/guides.js';

beforeAll(() => openGuides());
afterAll(closeGuides);

describe('the guides', () => {
  it('are all run, here or in the real frameworks', () => {
    const here = [
      'README.md',
      'command-line.md',
      'connection.md',
      'explain.md',
      'fetch-handlers.md',
      'serverless.md',
      'testing.md',
      'troubleshooting.md',
      'workos-setup.md',
    ];
    const there = [...FRAMEWORK_PAGES, ...RECIPE_PAGES, OBSERVABILITY_PAGE];
    expect(pages()).toEqual([...here, ...there].sort());
  });

  it.each(pages())('%s links to what exists', (page) => {
    for (const [, target = ''] of readPage(page).matchAll(/\]\(([^)]+)\)/g)) {
      const [file, anchor] = target.split('#') as [string, string?];
      const linked = file === '' ? page : file;
      expect(existsSync(path.join(root, 'docs', linked)), target).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(linked), target).toContain(anchor);
    }
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

function anchorsOf(page: string): string[] {
  return [...readPage(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}

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

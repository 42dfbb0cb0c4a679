import { expect, it } from 'vitest';
import { createWorkosVerifier } from 'verify-workos-token';
import { createTestIssuer } from 'verify-workos-token/testing';

import { createKeptClaims } from '../../lib/kept-claims.ts';

const claims = (number: number) => ({ iss: 'issuer', sub: `user_${number}`, exp: number });

it.each([
  [4_000, true],
  [4_001, false],
])('of %i claims the first are kept: %s', (count, isKept) => {
  const kept = createKeptClaims();
  for (let number = 1; number <= count; number += 1) kept.keep(number, claims(number));
  expect(kept.get(count)?.sub).toBe(`user_${count}`);
  expect(kept.get(1) !== undefined).toBe(isKept);
});

it('claims stay right when more tokens come round than are kept', async () => {
  const issuer = createTestIssuer({ algorithm: 'EdDSA' });
  const subjects = Array.from({ length: 4_100 }, (_, index) => `user_${index}`);
  const tokens = await Promise.all(subjects.map((sub) => issuer.sign({ sub })));
  const verifier = createWorkosVerifier(issuer.options);
  for (let round = 0; round < 3; round += 1) {
    const found = [];
    for (const token of tokens) found.push((await verifier.verify(token)).sub);
    expect(found).toEqual(subjects);
  }
}, 60_000);

// A clock that is behind refuses no token: `explainWorkosToken` reports it.
import { expect, it } from 'vitest';
import { explainWorkosToken, verifyWorkosToken } from 'verify-workos-token';
import { signed } from './scenarios/world.js';
import { rows } from './support.js';

it('is reported with its hint, for a token that is accepted', async () => {
  const { token, options } = signed({ iat: Math.floor(Date.now() / 1000) + 90 });
  await expect(verifyWorkosToken(token as string, options)).resolves.toHaveProperty('sub');
  const explanation = await explainWorkosToken(token as string, options);
  expect(explanation.ok).toBe(true);
  const row = rows.find(({ id }) => id === 'clock-behind');
  expect(JSON.stringify(explanation)).toContain(JSON.stringify(row?.hint).slice(1, -1));
});

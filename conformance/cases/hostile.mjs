// @ts-nocheck: written without types.
// Tokens made for the scoreboard, each with the clause that fixes its verdict. `basis` is `RFC` if an RFC
// does, and `policy` if only this package's contract does.
import { claimCases } from './hostile/claims.mjs';
import { formCases } from './hostile/form.mjs';
import { headerCases } from './hostile/header.mjs';
import { keyCases } from './hostile/keys.mjs';
import { AUDIENCE, ISSUER, newKey, now, TOLERANCE_SECONDS } from './kit.mjs';

export function hostileCases() {
  // The clock stands still for them: a column may take longer than some of their times.
  const time = now();
  const main = newKey();
  const keys = { main, attacker: newKey() };
  const cases = [...formCases(keys), ...headerCases(keys), ...keyCases(keys), ...claimCases(keys)];
  return cases.map(({ id, algorithms = ['RS256'], keys: given = [main.jwk], ...rest }) => ({
    ...rest,
    id: `hostile/${id}`,
    group: 'hostile',
    now: time,
    keySet: JSON.stringify({ keys: given }),
    options: {
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms,
      clockTolerance: TOLERANCE_SECONDS,
    },
  }));
}

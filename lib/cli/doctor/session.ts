// What becomes of the sealed session that was given.

import type { WorkosTokenExplanation } from '../../../index.cjs';
import { type Finding, findingsOf } from './finding.ts';

const { ok, note, fail } = findingsOf('token');

export function sessionFinding({ code, message, hint }: WorkosTokenExplanation): Finding {
  const id = 'session';
  if (!code) return ok(id, id, 'is opened by WORKOS_COOKIE_PASSWORD, and accepted');
  // Its seal was opened before a key was looked for.
  if (code === 'JWKS_FETCH_FAILED')
    return note(
      id,
      id,
      'is opened by WORKOS_COOKIE_PASSWORD; not verified, since there are no keys',
    );
  const step = `${hint} For all checks: \`npx verify-workos-token explain\`.`;
  return fail(id, id, `${code}: ${message}`, step);
}

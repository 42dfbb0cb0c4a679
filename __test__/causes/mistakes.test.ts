// Mistakes as developers make them: each is answered with the code and the cause that it is.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../support/guides.js';
import { expectNone, textOf } from '../support/refusal.js';
import { scenarios } from './scenarios/index.js';
import { namedBy, provoke } from './support.js';

/** Causes that are told apart where fetch errors of these names exist. */
const FETCH_ERRORS: Readonly<Record<string, string>> = {
  'tls-self-signed': 'TLS_SELF_SIGNED',
  'tls-no-alternative-name': 'TLS_NO_SUBJECT_ALT_NAME',
};
const types = readFileSync(path.join(root, 'index.d.cts'), 'utf8');
const recognized = scenarios.filter(({ cause }) => types.includes(FETCH_ERRORS[cause] ?? ''));

describe('the hint names the cause', () => {
  it.each(recognized.map((scenario) => [scenario.mistake, scenario.cause, scenario] as const))(
    '%s: %s',
    async (_, cause, scenario) => {
      const { error, attempt } = await provoke(scenario);
      expect([error.code, namedBy(error)], error.hint).toEqual([scenario.code, [cause]]);
      // Nothing of a token is shown.
      if (typeof attempt.token !== 'string') return;
      const [, payload = '', signature = ''] = attempt.token.split('.');
      const secrets = { payload, signature };
      const long = Object.entries(secrets).filter(([, secret]) => secret.length > 20);
      expectNone(textOf(error), Object.fromEntries(long));
    },
  );
});

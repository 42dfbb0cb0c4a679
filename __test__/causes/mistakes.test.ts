// Mistakes as developers make them: each is answered with the code and the cause that it is.
import { describe, expect, it } from 'vitest';
import { expectNone, textOf } from '../support/refusal.js';
import { scenarios } from './scenarios/index.js';
import { namedBy, provoke } from './support.js';

describe('the hint names the cause', () => {
  it.each(scenarios.map((scenario) => [scenario.mistake, scenario.cause, scenario] as const))(
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

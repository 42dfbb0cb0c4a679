// Every mistake that is made in the tests, and the row of the table of causes that must be named.
import { claimScenarios } from './claims.js';
import { connectScenarios } from './connect.js';
import { damagedSignatures, form } from './form.js';
import { issuers } from './issuer.js';
import { keyScenarios } from './keys.js';
import { optionScenarios } from './options.js';
import { sessionScenarios } from './session.js';
import type { Scenario } from './world.js';

export const scenarios: readonly Scenario[] = [
  ...form,
  ...damagedSignatures,
  ...issuers,
  ...claimScenarios,
  ...connectScenarios,
  ...keyScenarios,
  ...optionScenarios,
  ...sessionScenarios,
];

/** Rows that no mistake of a developer leads to, and where they are tested. */
export const TESTED_ELSEWHERE: Readonly<Record<string, string>> = {
  exhausted: '__test__/keys/starved.test.ts',
  'no-trust-roots': '__test__/keys/tls-roots.test.ts',
};

/** Rows that are never a refusal of this version, with the reason. */
export const NOT_PROVOKED: Readonly<Record<string, string>> = {
  'clock-behind': 'a token from the future is not refused: `explain` reports it',
  bug: 'a request of ours that ends without a result',
};

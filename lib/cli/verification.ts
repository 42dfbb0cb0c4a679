// What the commands begin with that verify a token.

import type { WorkosTokenOptions, WorkosVerifier } from '../../index.cjs';
import type { Invocation } from './command.ts';
import { loadLibrary } from './library.ts';
import { settingsOf } from './settings.ts';
import { type GivenToken, takeToken } from './token.ts';

interface Verification {
  readonly options: WorkosTokenOptions;
  readonly verifier: WorkosVerifier;
  readonly given: GivenToken;
}

/** Wrong options are told before a token is waited for. */
export async function takeVerification(invocation: Invocation): Promise<Verification> {
  const options = settingsOf(invocation.values);
  const { createWorkosVerifier } = await loadLibrary();
  const verifier = createWorkosVerifier(options);
  return { options, verifier, given: await takeToken(invocation) };
}

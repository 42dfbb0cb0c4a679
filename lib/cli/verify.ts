import type { VerifiedClaims, WorkosTokenError as Refusal, WorkosVerifier } from '../../index.cjs';
import { WorkosTokenError } from '../error.ts';
import { isSealed } from '../explain.ts';
import type { Command, Invocation } from './command.ts';
import { COMMON_OPTIONS, KEY_OPTIONS, SESSIONS, TOKEN_OPTIONS } from './options.ts';
import { addError, recordOf } from './refusal.ts';
import { STATUS, type Status, statusOf } from './status.ts';
import { takeVerification } from './verification.ts';

export const verify: Command = {
  name: 'verify',
  summary: 'verifies a token or a sealed session, and prints its claims as JSON',
  details: [
    'Standard output has the claims and nothing else; if the token is refused, it is empty, and standard error says why.',
    SESSIONS,
  ],
  takesToken: true,
  options: [...KEY_OPTIONS, ...TOKEN_OPTIONS, ...COMMON_OPTIONS],
  examples: [
    [
      'cat token.txt | npx verify-workos-token verify --client-id client_123',
      'a token from a file',
    ],
    [
      'npx verify-workos-token verify --jwks keys.json --now 1700000000 < token.txt',
      'a token of the past, without network',
    ],
    ['npx verify-workos-token verify --permissions posts:write', 'the token in WORKOS_TOKEN'],
  ],
  run,
};

async function run(invocation: Invocation): Promise<Status> {
  const { json, output } = invocation;
  const { verifier, given } = await takeVerification(invocation);
  try {
    const claims = await output.wait('Verifying', claimsOf(verifier, given.token));
    if (json) output.printJson(shapeOf(STATUS.good, claims, null));
    else output.printJson(claims);
    return STATUS.good;
  } catch (error) {
    if (!(error instanceof WorkosTokenError)) throw error;
    const refusal = error as unknown as Refusal;
    const status = statusOf(refusal);
    const record = recordOf(refusal);
    if (json) output.printJson(shapeOf(status, null, record));
    else output.printError(addError(output.errorPage(), record).paragraph(MORE, ''));
    return status;
  }
}

function claimsOf(verifier: WorkosVerifier, token: string): Promise<VerifiedClaims> {
  if (!isSealed(token)) return verifier.verify(token);
  return verifier.verifySession(token).then(({ claims }) => claims);
}

const MORE = '`npx verify-workos-token explain` shows every check.';

/** The JSON of docs/command-line.md. */
function shapeOf(exitStatus: Status, claims: object | null, error: object | null) {
  return { command: 'verify', ok: exitStatus === STATUS.good, exitStatus, claims, error };
}

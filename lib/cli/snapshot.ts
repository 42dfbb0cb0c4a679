import type { WorkosTokenError as Refusal, WorkosTokenOptions } from '../../index.cjs';
import { WorkosTokenError } from '../error.ts';
import type { Invocation } from './command.ts';
import { loadLibrary } from './library.ts';
import { Misuse } from './misuse.ts';
import { addError, type ErrorRecord, recordOf } from './refusal.ts';
import { STATUS, type Status, statusOf } from './status.ts';

const TOO_LARGE: ErrorRecord = Object.freeze({
  code: 'TOO_LARGE',
  message: 'the keys take more than 64 KiB, which is the limit of a snapshot',
  hint: 'Await `ready()` at startup instead.',
  retryAfterSeconds: null,
  cause: null,
});

/** Prints the text of a snapshot and nothing else, so that it can go into a file. */
export async function printSnapshot(
  options: WorkosTokenOptions,
  { json, output }: Invocation,
): Promise<Status> {
  if (json) throw new Misuse('--snapshot takes no --json', 'A snapshot is JSON already.');
  if (options.jwks !== undefined)
    throw new Misuse('--snapshot takes no --jwks', 'Pass the client id, or --jwks-url.');
  const { createWorkosVerifier } = await loadLibrary();
  const { ready, exportKeys } = createWorkosVerifier(options);
  try {
    await output.wait('Fetching the keys', ready());
  } catch (error) {
    if (!(error instanceof WorkosTokenError)) throw error;
    const refusal = error as unknown as Refusal;
    output.printError(addError(output.errorPage(), recordOf(refusal)));
    return statusOf(refusal);
  }
  const snapshot = exportKeys();
  if (snapshot !== undefined) output.printText(snapshot);
  else output.printError(addError(output.errorPage(), TOO_LARGE));
  return snapshot === undefined ? STATUS.failed : STATUS.good;
}

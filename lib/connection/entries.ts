// The test of several entries: each by itself, and the token, if there is one, by those that it is for.

import type { WorkosConnectionReport, WorkosEntriesConnectionReport } from '../../index.cjs';
import type { Verification } from '../verify.ts';
import { type Findings, report } from './index.ts';
import type { Sample } from './options.ts';

type Settled<T> = { value: T } | { error: unknown };

/** `now` is the clock that verification goes by, in Unix seconds. */
export async function testEntries(
  entries: readonly { readonly name: string; readonly verification: Verification }[],
  sample: Sample | undefined,
  now: number,
): Promise<WorkosEntriesConnectionReport> {
  // All are under way before the first is waited for.
  const started = entries.map(({ verification }) =>
    settled(verification.findConnection(sample, now)),
  );
  const found: Findings[] = [];
  for (let index = 0; index < started.length; index += 1) {
    const one = await started[index];
    if ('error' in one) throw one.error;
    found.push(one.value);
  }
  const isShown = whoseToken(found);
  const reports = found.map((findings, index) =>
    named(
      entries[index].name,
      report(isShown(findings) ? findings : { ...findings, sample: undefined }),
    ),
  );
  const failed = reports.find(({ success }) => !success);
  const error = failed === undefined ? null : failed.error;
  return Object.freeze({ success: error === null, error, entries: Object.freeze(reports) });
}

function named(name: string, one: WorkosConnectionReport) {
  return Object.freeze({ name, ...one });
}

/**
 * Whose verdict on the token counts: that of the entries which accept it, else of those whose issuer it
 * names, else of all. A token of Staging is no fault of Production.
 */
function whoseToken(found: readonly Findings[]): (findings: Findings) => boolean {
  const isAccepted = ({ keys }: Findings) => keys.token !== null && keys.token.error === null;
  if (found.some(isAccepted)) return isAccepted;
  const isMeant = ({ keys }: Findings) => keys.token?.error?.code !== 'INVALID_ISSUER';
  return found.some(isMeant) ? isMeant : () => true;
}

/** A failure that is waited for later must not count as one that nobody handles. */
async function settled<T>(promise: Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await promise };
  } catch (error) {
    return { error };
  }
}

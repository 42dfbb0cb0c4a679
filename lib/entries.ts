// Several entries that verify together: what a verifier over them is made of.

import { bare } from './bare.ts';
import type { Binding } from './binding.d.ts';
import { createEntrySessions } from './entry-sessions.ts';
import { areIdentical } from './options/copy.ts';
import type { CheckedEntry } from './options/entries.ts';
import type { CheckedOptions } from './options/index.ts';
import type { Sessions } from './session.ts';
import type { Verification } from './verify.ts';

type VerificationOf = (options: CheckedOptions) => Verification;

/** What a verifier over several entries is made of. */
export interface Several {
  readonly names: readonly string[];
  readonly verification: Verification;
  readonly sessions: Sessions;
  readonly now: () => number;
  /** An entry alone, with the same keys. */
  alone(index: number): Verification;
}

export function createSeveral(
  binding: Binding,
  verificationOf: VerificationOf,
  sessionVerificationOf: VerificationOf,
): (entries: readonly CheckedEntry[]) => Several {
  /** An adapter comes with the same entries at each request. */
  let last: { contents: readonly unknown[]; verification: Verification } | undefined;

  function together(entries: readonly CheckedEntry[]): Verification {
    const contents = entries.map(({ options }) => options.content);
    if (
      last !== undefined &&
      !contents.includes(undefined) &&
      areIdentical(last.contents, contents)
    )
      return last.verification;
    const options = entries.map((entry) => entry.options);
    const verification = verificationOf(
      joined(
        options,
        options.map(({ json }) => json),
      ),
    );
    last = { contents, verification };
    return verification;
  }

  return (entries) => {
    const verification = together(entries);
    const sessionsOf = (options: readonly CheckedOptions[], jsons: readonly string[]) =>
      sessionVerificationOf(joined(options, jsons));
    return bare({
      names: Object.freeze(entries.map(({ name }) => name)),
      verification,
      sessions: createEntrySessions(binding, entries, sessionsOf),
      now: entries[0].options.now,
      alone: (index: number) => verification.entry(index, entries[index].options),
    });
  };
}

/** The options of several entries as one for the native side. */
function joined(options: readonly CheckedOptions[], jsons: readonly string[]): CheckedOptions {
  const https = options.some((one) => one.https);
  const json = `[${jsons.join(',')}]`;
  return { ...options[0], json, https, cookiePasswords: undefined, content: undefined };
}

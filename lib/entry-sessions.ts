// Sealed sessions of several entries. A session belongs to the entries with a password that opens it: a
// seal of Staging says nothing in Production. Among these its access token is verified like any other.

import type { WorkosSession } from '../index.cjs';
import { bare } from './bare.ts';
import type { Binding, OpenedRecord } from './binding.d.ts';
import { isRefusal } from './error.ts';
import { areIdentical } from './options/copy.ts';
import { type CheckedEntry, within } from './options/entries.ts';
import type { CheckedOptions } from './options/index.ts';
import { refuse } from './options/refuse.ts';
import { cookiePasswords, hasCookiePassword } from './options/session.ts';
import { cutOff, judged, openSession, type Sessions, sessionOf } from './session.ts';
import type { Shape, Verification } from './verify.ts';

type VerificationOf = (
  options: readonly CheckedOptions[],
  jsons: readonly string[],
) => Verification;

/** Entries with the same passwords. */
interface Group {
  readonly passwords: readonly string[];
  readonly members: number[];
}

/** The entries that open a session, and what is in it. */
interface Opened {
  readonly record: OpenedRecord;
  readonly members: readonly number[];
  readonly passwords: readonly string[];
}

export function createEntrySessions(
  binding: Binding,
  entries: readonly CheckedEntry[],
  verificationOf: VerificationOf,
): Sessions {
  let groups: readonly Group[] | undefined;
  /** By the places of the entries: as many as there are passwords at the most. */
  const verifications = new Map<string, Verification>();

  function open(sealed: unknown, now: number): Opened {
    groups ??= groupsOf(entries);
    const opened: { record: OpenedRecord; group: Group }[] = [];
    let refusal: unknown;
    groups.forEach((group) => {
      try {
        opened.push({ record: openSession(binding, group.passwords, sealed, now), group });
      } catch (error) {
        refusal ??= error;
      }
    });
    if (opened.length === 0) throw refusal;
    // Groups that have a password in common: it opened the same session.
    const members = opened.flatMap(({ group }) => group.members).sort((one, two) => one - two);
    return bare({ record: opened[0].record, members, passwords: opened[0].group.passwords });
  }

  function verificationFor(members: readonly number[]): Verification {
    const key = members.join(',');
    const known = verifications.get(key);
    if (known !== undefined) return known;
    const options = members.map((index) => entries[index].options);
    const jsons = options.map(({ sessionJson }) => sessionJson as string);
    const verification = verificationOf(options, jsons);
    verifications.set(key, verification);
    return verification;
  }

  function shapeFor({ record, members }: Opened, tell?: (entry: number) => void) {
    const shape: Shape<WorkosSession> = (claims, place = 0) => {
      const entry = members[place];
      const session = sessionOf(binding, record, claims, entries[entry].name);
      tell?.(entry);
      return session;
    };
    return shape;
  }

  function explainSealed(sealed: string, now: number) {
    const { members, passwords } = judgedOpen(sealed, now);
    const names = members.map((index) => entries[index].name);
    const session = { text: cutOff(sealed), sizeBytes: Buffer.byteLength(sealed), passwords };
    return verificationFor(members).explainSession(session, now, names);
  }

  /** The entries whose explanation says what is wrong, if none opens it. */
  function judgedOpen(sealed: string, now: number) {
    try {
      return open(sealed, now);
    } catch {
      const passwords = judged(() => (groups ??= groupsOf(entries))[0].passwords);
      return { members: groups?.[0].members ?? [placesOfSessions(entries)[0]], passwords };
    }
  }

  return {
    verify(sealed, now, tell) {
      const opened = open(sealed, now);
      const shape = shapeFor(opened, tell);
      const { accessToken } = opened.record;
      const verdict = verificationFor(opened.members).verifyAs(accessToken, now, shape);
      if (isRefusal(verdict)) throw verdict;
      return verdict;
    },

    verifySync(sealed, now, tell) {
      const opened = open(sealed, now);
      const { accessToken } = opened.record;
      const shape = shapeFor(opened, tell);
      return verificationFor(opened.members).verifySyncAs(accessToken, now, shape);
    },

    explain: placesOfSessions(entries).length === 0 ? undefined : explainSealed,
  };
}

/** The places of the entries that take sessions. */
function placesOfSessions(entries: readonly CheckedEntry[]): number[] {
  const places: number[] = [];
  entries.forEach(({ options }, index) => {
    if (options.sessionJson !== undefined) places.push(index);
  });
  return places;
}

/**
 * An entry without a password takes no sessions, if another has one: the environments that a server
 * verifies tokens of need not all have sessions there.
 */
function groupsOf(entries: readonly CheckedEntry[]): Group[] {
  const places = placesOfSessions(entries);
  if (places.length === 0)
    throw refuse(
      'no entry takes sessions',
      "Sessions need an entry without `profile`, or with `profile: 'session'`.",
    );
  const withPassword = places.filter((index) =>
    hasCookiePassword(entries[index].options.cookiePasswords),
  );
  const takers = withPassword.length > 0 ? withPassword : places;
  const groups: Group[] = [];
  takers.forEach((index) => {
    const { name, options } = entries[index];
    const passwords = within(name, cookiePasswords(options.cookiePasswords));
    const group = groups.find((one) => areIdentical(one.passwords, passwords));
    if (group === undefined) groups.push({ passwords, members: [index] });
    else group.members.push(index);
  });
  return groups;
}

/** What is wrong with the passwords of several entries; nothing, if one can open sessions. */
export function requireEntryPassword(entries: readonly CheckedEntry[]): void {
  groupsOf(entries);
}

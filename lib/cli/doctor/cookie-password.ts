// Judges what session cookies are sealed with. Neither the password nor its length is ever shown.

import { type Finding, findingsOf } from './finding.ts';

const { ok, warn, fail } = findingsOf('environment');

const NAME = 'WORKOS_COOKIE_PASSWORD';
const ID = 'cookie-password';
const MIN_CHARACTERS = 32;
const MAX_CHARACTERS = 1_024;
/**
 * A seal's key is derived in one iteration, so that whoever has a cookie can try passwords at the speed
 * of a hash function. With fewer bits that would be within reach of an organization.
 */
const MIN_BITS = 80;
/** English text has about this much (C. E. Shannon, Prediction and Entropy of Printed English, 1951). */
const BITS_PER_CHARACTER_OF_WORDS = 1.3;

/** Words with something between them. */
const WORDS = /^[a-z]+(?:[ _.,'-]+[a-z]+){2,}[.!?]?$/i;
/** What documentation and templates have in the place of a password. */
const PLACEHOLDER =
  /pass_?word|secret|change[ _-]?(?:me|this)|replace|placeholder|example|\byour\b|your[_-]|at[ _-]least|32[ _-]?(?:\+ )?char|random[ _-]string|must[ _-]be|generate|<.*>|\bxxx|lorem ipsum/i;

const NEW = `Set ${NAME} to what \`openssl rand -base64 32\` prints, in each environment to another. Users must sign in again.`;

export function passwordFindings(password: string | undefined): Finding[] {
  if (password === undefined) return [];
  const form = formFindings(password);
  const found = [...form, ...strengthFindings(password)];
  return found.length > 0 ? found : [ok(ID, NAME, 'looks right')];
}

/** Characters are counted as sessions count them. */
function formFindings(password: string): Finding[] {
  if (password === '') return [fail(ID, NAME, 'is empty, which counts as not set', NEW)];
  if (password.length < MIN_CHARACTERS)
    return [fail(ID, NAME, `has fewer than ${MIN_CHARACTERS} characters`, NEW)];
  if (password.length > MAX_CHARACTERS)
    return [fail(ID, NAME, 'has more than 1,024 characters: is it a file or a key?', NEW)];
  const { step, text } = edgeOf(password);
  return text === undefined ? [] : [warn(`${ID}-edges`, NAME, text, step)];
}

/** White space and quotes are a part of the password here, which another reader may have dropped. */
function edgeOf(password: string): { text?: string; step: string } {
  const step = `Remove them if the application that seals the sessions reads ${NAME} without them.`;
  if (password.trim() !== password) return { text: 'begins or ends with white space', step };
  return /^(["'`]).*\1$/s.test(password) ? { text: 'is in quotes', step } : { step };
}

function strengthFindings(password: string): Finding[] {
  if (password.length < MIN_CHARACTERS || password.length > MAX_CHARACTERS) return [];
  const id = `${ID}-strength`;
  if (PLACEHOLDER.test(password))
    return [warn(id, NAME, 'looks like a text from documentation, which others know', NEW)];
  if (estimatedBits(password) >= MIN_BITS) return [];
  return [warn(id, NAME, 'is easy to guess: it has too much order, or too few characters', NEW)];
}

/**
 * A rough estimate from above: how uneven the characters are, without repetitions and sequences, and for
 * words as for English text. It can't know of a password that looks random whether it is.
 */
export function estimatedBits(password: string): number {
  const text = withoutSequences(withoutRepetition(password.trim()));
  if (WORDS.test(password.trim())) return text.length * BITS_PER_CHARACTER_OF_WORDS;
  const counts: Record<string, number> = Object.create(null);
  for (const character of text.split('')) counts[character] = (counts[character] ?? 0) + 1;
  const perCharacter = Object.values(counts)
    .map((count) => count / text.length)
    .reduce((bits, share) => bits - share * Math.log2(share), 0);
  return text.length * perCharacter;
}

/** `abcabcab` is `abc`. */
function withoutRepetition(text: string): string {
  const isPeriod = (period: number) => text.slice(period) === text.slice(0, -period);
  const periods = Array.from({ length: Math.floor(text.length / 2) }, (_, index) => index + 1);
  const period = periods.find(isPeriod);
  return period === undefined ? text : text.slice(0, period);
}

/** Of `abcd`, `4321` and `aaaa` the first two characters, which say how it goes on. */
function withoutSequences(text: string): string {
  const step = (index: number) => text.charCodeAt(index) - text.charCodeAt(index - 1);
  const goesOn = (index: number) =>
    index >= 2 && Math.abs(step(index)) <= 1 && step(index) === step(index - 1);
  return text
    .split('')
    .filter((_, index) => !goesOn(index))
    .join('');
}

// Which platforms a command is for: all, except those that its arguments leave out by name.
import { platforms } from './platform-package.mjs';
import { fail } from './tools.mjs';

const FLAG = '--without=';

/**
 * @param {string[]} words the arguments of a command.
 * @returns {{ wanted: string[], rest: string[] }} the platforms, and the other arguments.
 */
export function wantedIn(words) {
  const flags = words.filter((word) => word.startsWith(FLAG));
  const leftOut = flags.map((flag) => flag.slice(FLAG.length));
  const unknown = leftOut.filter((name) => !platforms().includes(name));
  if (unknown.length > 0) fail(`There is no platform ${unknown.join(', ')} to leave out.`);
  return {
    wanted: platforms().filter((name) => !leftOut.includes(name)),
    rest: words.filter((word) => !flags.includes(word)),
  };
}

/** The arguments that leave out all others. @param {string[]} wanted */
export function leavingOut(wanted) {
  return platforms()
    .filter((name) => !wanted.includes(name))
    .map((name) => `${FLAG}${name}`);
}

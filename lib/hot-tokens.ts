// Tokens that came more than once, found without asking the native side. A table here says only that a
// text is exactly one that the native side knows under a number; whether it is good is judged there,
// by the number, at each call.

import type { VerifiedClaims } from '../index.cjs';

/** As many sets of two as the native cache has tokens, to the next power of two. */
const SETS = 4_096;
/**
 * The most characters of tokens and claims together, in each thread. Each takes a byte; the objects
 * that claims become take about as much again.
 */
const MAX_CHARACTERS = 8 * 1_024 * 1_024;
/** From the end, within the shortest signature: its last character has but few values. */
const [FIRST, SECOND, THIRD] = [10, 20, 30];

// Bound now: whoever replaces the method later may give a wrong slot, but not throw.
const codeAt = Function.prototype.call.bind(String.prototype.charCodeAt) as (
  text: string,
  index: number,
) => number;
const fill = Function.prototype.call.bind(Array.prototype.fill) as <T>(array: T[], value: T) => T[];

export interface HotToken {
  readonly token: string;
  /** Its number in the native cache, never given again to another. */
  readonly number: number;
  /** Everyone who brings the token gets the same frozen object. */
  readonly claims: VerifiedClaims;
  /** In characters. */
  readonly size: number;
}

type Slots = (HotToken | undefined)[];

export interface HotTokens {
  find(token: string): HotToken | undefined;
  keep(hot: HotToken): void;
}

/**
 * Two slots for each set that a token can fall into. A newcomer takes the first one, and what was there
 * moves to the second.
 *
 * V8 would hash a whole token to find it in a map, which takes longer than everything else here. A few
 * characters of the signature choose the set, and `===` compares the whole token, so that a wrong set
 * costs time and nothing else. The table is made for the first token that comes again: making it takes
 * longer than most of what a program does before its first one.
 */
export function createHotTokens(maxCharacters = MAX_CHARACTERS): HotTokens {
  let slots: Slots | undefined;
  let characters = 0;
  let hand = 0;

  function find(token: string): HotToken | undefined {
    if (slots === undefined) return undefined;
    const slot = slotOf(token);
    const first = slots[slot];
    if (first !== undefined && first.token === token) return first;
    const second = slots[slot + 1];
    return second !== undefined && second.token === token ? second : undefined;
  }

  function keep(hot: HotToken): void {
    if (hot.size > maxCharacters) return;
    slots ??= emptySlots();
    const slot = slotOf(hot.token);
    // The same token may stand there under an older number.
    const isFirst = slots[slot]?.token === hot.token;
    if (!isFirst) put(slots, slot + 1, slots[slot]);
    put(slots, slot, hot);
    makeRoom(slots, slot);
  }

  function put(slots: Slots, slot: number, hot: HotToken | undefined): void {
    characters += (hot?.size ?? 0) - (slots[slot]?.size ?? 0);
    slots[slot] = hot;
  }

  /** Goes round the table, since an order by recency would cost each hit more than all the rest. */
  function makeRoom(slots: Slots, newest: number): void {
    while (characters > maxCharacters) {
      if (hand !== newest) put(slots, hand, undefined);
      hand = (hand + 1) % slots.length;
    }
  }

  return { find, keep };
}

/** Filled: where an array has holes, a polluted prototype would show through. */
function emptySlots(): Slots {
  return fill(new Array(2 * SETS) as Slots, undefined);
}

function slotOf(token: string): number {
  const { length } = token;
  const code =
    (codeAt(token, length - FIRST) * 8_191) ^
    (codeAt(token, length - SECOND) * 127) ^
    codeAt(token, length - THIRD);
  return (code & (SETS - 1)) * 2;
}

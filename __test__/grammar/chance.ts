// The seed of a run, and what follows from it.
import { createChance } from '../soak/chance.mjs';

export interface Chance {
  next(): number;
  /** In whole numbers, both included. */
  between(least: number, most: number): number;
  pick<Item>(list: readonly Item[]): Item;
  happens(probability: number): boolean;
}

/** Of this run: another each time, unless `GRAMMAR_SEED` names it. */
export const seed = Number(process.env.GRAMMAR_SEED ?? Math.floor(Math.random() * 2 ** 32));

export function chanceOf(seed: number): Chance {
  return createChance(seed) as Chance;
}

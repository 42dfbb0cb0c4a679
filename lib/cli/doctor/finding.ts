import type { Mark } from '../page.ts';

export type Area = 'installation' | 'environment' | 'connection' | 'token' | 'project';
/** `warn` and `fail` have a next step; only `fail` makes the verdict bad. */
export type Level = Exclude<Mark, 'skip'>;

/** One thing that was looked at. */
export interface Finding {
  /** Stable, for programs. */
  readonly id: string;
  readonly area: Area;
  readonly level: Level;
  /** What it is about, in a word or two. */
  readonly label: string;
  readonly message: string;
  readonly nextStep: string | null;
}

/** Makes findings of one area. */
export function findingsOf(area: Area) {
  const make =
    (level: Level) =>
    (id: string, label: string, message: string, nextStep: string | null = null): Finding => ({
      id,
      area,
      level,
      label,
      message,
      nextStep,
    });
  return { ok: make('ok'), note: make('note'), warn: make('warn'), fail: make('fail') };
}

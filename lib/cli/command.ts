import type { Values } from './arguments.ts';
import type { OptionName } from './options.ts';
import type { Output } from './output.ts';
import type { Status } from './status.ts';

/** A call of a command, its arguments read. */
export interface Invocation {
  readonly values: Values;
  /** The argument that is no option: only a token can be. */
  readonly argument: string | undefined;
  /** For programs. */
  readonly json: boolean;
  readonly output: Output;
  /** Tells the output of a token that it must not show. */
  keepSecret(token: string): void;
}

export interface Command {
  readonly name: string;
  /** What it does, in a line. */
  readonly summary: string;
  /** What else there is to know of it, in paragraphs. */
  readonly details: readonly string[];
  readonly takesToken: boolean;
  readonly options: readonly OptionName[];
  /** What is called, and for what. */
  readonly examples: readonly (readonly [call: string, purpose: string])[];
  run(invocation: Invocation): Promise<Status>;
}

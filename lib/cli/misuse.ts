/**
 * The command was called in a wrong way. Neither text repeats an argument that could be a token.
 */
export class Misuse extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

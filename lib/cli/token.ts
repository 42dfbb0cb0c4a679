// Where the token, or the sealed session, comes from.

import { variable } from '../options/environment.ts';
import type { Invocation } from './command.ts';
import { Misuse } from './misuse.ts';

/** Four times the longest token; what is longer is refused, however much of it is read. */
const MAX_INPUT_BYTES = 65_536;
const VARIABLE = 'WORKOS_TOKEN';
const HOW =
  'Pipe the token or the sealed session in (`cat token.txt | npx verify-workos-token explain`), or set WORKOS_TOKEN.';

const WARNING =
  'a token on the command line stays in the history of the shell, and other users can see it in the list of processes';

export type TokenSource = 'argument' | 'environment' | 'stdin';

export interface GivenToken {
  readonly token: string;
  readonly source: TokenSource;
}

export const SOURCES: Readonly<Record<TokenSource, string>> = Object.freeze({
  argument: 'the command line',
  environment: `the variable ${VARIABLE}`,
  stdin: 'standard input',
});

/**
 * A token in the arguments comes first, then WORKOS_TOKEN. Standard input is read only if it must be:
 * it may stay open for as long as whoever started this process runs.
 */
export async function takeToken(invocation: Invocation): Promise<GivenToken> {
  return (await takeKnownToken(invocation)) ?? keep(invocation, await readInput(invocation));
}

/** For a command that does without a token: standard input only if `-` asks for it. */
export async function takeKnownToken(invocation: Invocation): Promise<GivenToken | undefined> {
  const given = givenToken(invocation);
  if (given === '-') return keep(invocation, await readInput(invocation));
  if (given !== undefined) {
    invocation.output.warn(WARNING);
    return keep(invocation, { token: given, source: 'argument' });
  }
  const token = variable(VARIABLE);
  return token ? keep(invocation, { token, source: 'environment' }) : undefined;
}

function givenToken({ argument, values }: Invocation): string | undefined {
  const option = values.token?.[0];
  if (argument === undefined || option === undefined) return argument ?? option;
  throw new Misuse('the token is there twice', 'Pass it once.');
}

function keep({ keepSecret }: Invocation, given: GivenToken): GivenToken {
  keepSecret(given.token);
  return given;
}

async function readInput({ output }: Invocation): Promise<GivenToken> {
  if (process.stdin.isTTY) throw new Misuse('there is no token', HOW);
  const token = await output.wait('Waiting for a token on standard input', inputText());
  if (token === '') throw new Misuse('there is no token: standard input is empty', HOW);
  return { token, source: 'stdin' };
}

/** Without the line breaks at its end, which are not the token's. */
async function inputText(): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of process.stdin) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_INPUT_BYTES) break;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Misuse(`standard input can't be read (${code})`, HOW);
  }
  return decode(Buffer.concat(chunks)).replace(/[\r\n]+$/, '');
}

/** Windows PowerShell writes UTF-16 into files. A byte order mark is dropped. */
function decode(bytes: Buffer): string {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes);
}

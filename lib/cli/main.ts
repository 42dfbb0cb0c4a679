#!/usr/bin/env node
// The command `npx verify-workos-token`: built into a file of its own, which the library never loads.

// First: it says so if Node is too old for the rest.
import '../node-version.ts';
import { readArguments } from './arguments.ts';
import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';
import { helpOf, helpOfAll } from './help.ts';
import { Misuse } from './misuse.ts';
import { createOutput, ignoreClosedPipes, type Output } from './output.ts';
import { variable } from '../options/environment.ts';
import { addError, type ErrorRecord, recordOfThrown } from './refusal.ts';
import { createRedact } from './secrets.ts';
import { STATUS, type Status } from './status.ts';
import { nearest } from '../options/names.ts';
import { readVersion } from './version.ts';

const HELP = 'See `npx verify-workos-token --help`.';

ignoreClosedPipes();
// No `process.exit`, which would cut off what a slow reader has not taken yet.
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<Status> {
  let token = '';
  const texts = [...args, variable('WORKOS_TOKEN')];
  const password = variable('WORKOS_COOKIE_PASSWORD');
  const output = createOutput((text) => createRedact(texts, token, password)(text));
  const keepSecret = (secret: string) => {
    token = secret;
  };
  try {
    return await run(args, output, keepSecret);
  } catch (error) {
    return fail(args, output, error);
  }
}

async function run(
  [name, ...args]: readonly string[],
  output: Output,
  keepSecret: (token: string) => void,
): Promise<Status> {
  if (name === undefined) {
    output.printError(helpOfAll(output.errorPage(), readVersion(), COMMANDS));
    return STATUS.misused;
  }
  if (['--help', '-h', 'help'].includes(name)) return help(args, output);
  if (['--version', '-v'].includes(name)) return printVersion(output);
  const command = COMMANDS.find((candidate) => candidate.name === name) ?? refuseCommand(name);
  const { values, positionals } = readArguments(args, command.options);
  if (values.help !== undefined) return help([command.name], output);
  if (values.version !== undefined) return printVersion(output);
  const argument = argumentOf(command, positionals);
  return command.run({ values, argument, json: values.json !== undefined, output, keepSecret });
}

function help([name]: readonly string[], output: Output): Status {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  const page = output.page();
  output.print(
    command === undefined ? helpOfAll(page, readVersion(), COMMANDS) : helpOf(page, command),
  );
  return STATUS.good;
}

function printVersion(output: Output): Status {
  output.print(output.page().paragraph(readVersion(), ''));
  return STATUS.good;
}

/** What was given may be a token: it is never repeated. */
function refuseCommand(name: string): never {
  if (/^(?:ey[\w-]+|Fe26)\./.test(name))
    throw new Misuse(
      'there is a token in place of a command',
      'Put the command first: explain, verify or doctor. A token in the arguments stays in the history of the shell: pipe it in.',
    );
  if (name.startsWith('-'))
    throw new Misuse('the options come before the command', `Put the command first. ${HELP}`);
  const near = nearest(
    name.toLowerCase(),
    COMMANDS.map((command) => command.name),
  );
  throw new Misuse(
    'there is no such command',
    near === undefined ? HELP : `Did you mean ${near}? ${HELP}`,
  );
}

function argumentOf({ name, takesToken }: Command, positionals: readonly string[]) {
  const most = takesToken ? 1 : 0;
  if (positionals.length <= most) return positionals[0];
  if (!takesToken) throw new Misuse(`${name} takes no argument that is no option`, HELP);
  throw new Misuse(
    `${name} takes one argument, the token`,
    'A token has no spaces: leave out "Bearer", and put quotes around what the shell would split.',
  );
}

function fail(args: readonly string[], output: Output, error: unknown): Status {
  const record = recordOfThrown(error) ?? bugOf(error);
  const status = statusOfThrown(record);
  if (!args.includes('--json')) {
    output.printError(addError(output.errorPage(), record));
    return status;
  }
  const command = COMMANDS.find(({ name }) => name === args[0])?.name ?? null;
  output.printJson({ command, ok: false, exitStatus: status, error: record });
  return status;
}

function statusOfThrown({ code }: ErrorRecord): Status {
  return code === 'USAGE' || code === 'INVALID_OPTIONS' ? STATUS.misused : STATUS.failed;
}

function bugOf(error: unknown): ErrorRecord {
  const text = String((error as Partial<Error> | undefined)?.stack ?? error);
  const message = text.replaceAll(/\s*\n\s*/g, ' ');
  const hint = 'This is a bug of this command. Please report it, with the text above.';
  return { code: 'INTERNAL', message, hint, retryAfterSeconds: null, cause: null };
}

import type { Command } from './command.ts';
import { OPTIONS, type Option, type OptionName } from './options.ts';
import type { Page } from './page.ts';

const NAME = 'npx verify-workos-token';
/** As wide as the longest but one, so that most have their text beside them. */
const MAX_OPTION_WIDTH = 28;

export function helpOfAll(page: Page, version: string, commands: readonly Command[]): Page {
  page.heading(`verify-workos-token ${version}`);
  page.paragraph('Finds out why a WorkOS access token is refused.', '');
  page.heading('Usage').paragraph(`${NAME} <command> [options]`);
  page
    .heading('Commands')
    .rows(commands.map(({ name, summary }) => ({ label: name, texts: [summary] })));
  page.heading('Examples');
  for (const { examples } of commands)
    for (const [call, purpose] of examples.slice(0, 1)) page.example(call, purpose);
  page.heading('Exit status').rows([
    { label: '0', texts: ['good'] },
    { label: '1', texts: ['a check failed'] },
    { label: '2', texts: ['wrong use'] },
    { label: '3', texts: ['the keys are unreachable'] },
  ]);
  return page.blank().paragraph(`${NAME} <command> --help lists the options of a command.`, '');
}

export function helpOf(page: Page, command: Command): Page {
  const { name, summary, details, takesToken, options, examples } = command;
  page.heading(`verify-workos-token ${name}`).paragraph(`${capitalized(summary)}.`, '');
  for (const text of details) page.blank().paragraph(text, '');
  page.heading('Usage').paragraph(`${NAME} ${name}${takesToken ? ' [token|-]' : ''} [options]`);
  page.heading('Options').rows(options.map(rowOf), MAX_OPTION_WIDTH);
  page.heading('Examples');
  for (const [call, purpose] of examples) page.example(call, purpose);
  return page;
}

function rowOf(name: OptionName) {
  const { value, help }: Option = OPTIONS[name];
  return { label: value === undefined ? `--${name}` : `--${name} <${value}>`, texts: [help] };
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

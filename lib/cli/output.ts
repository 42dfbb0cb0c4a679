// The two streams, and what they can show.

import { variable } from '../options/environment.ts';
import { Page, type Paint } from './page.ts';
import { withProgress } from './progress.ts';
import type { Redact } from './secrets.ts';
import { jsonText } from './text.ts';

const { styleText } = process.getBuiltinModule('node:util');

/** For a stream that is no terminal. */
const DEFAULT_WIDTH = 80;
/** Below, columns have no room; above, lines are long to read. */
const LEAST_WIDTH = 40;
const MOST_WIDTH = 100;

export interface Output {
  /** A report for people, of standard output. */
  page(): Page;
  /** The same of standard error. */
  errorPage(): Page;
  print(page: Page): void;
  printError(page: Page): void;
  warn(text: string): void;
  printJson(value: unknown): void;
  /** As it is, with a line break. */
  printText(text: string): void;
  wait<T>(label: string, work: Promise<T>): Promise<T>;
}

export function createOutput(redact: Redact): Output {
  const { stdout, stderr } = process;
  return {
    page: () => pageOf(stdout, redact),
    errorPage: () => pageOf(stderr, redact),
    print: (page) => void stdout.write(String(page)),
    printError: (page) => void stderr.write(String(page)),
    warn: (text) => {
      const page = pageOf(stderr, redact).verdict('warn', `warning: ${text}`);
      stderr.write(String(page));
    },
    printJson: (value) => void stdout.write(`${redact(jsonText(value))}\n`),
    printText: (text) => void stdout.write(`${text}\n`),
    wait: (label, work) => withProgress(stderr, label, work),
  };
}

/** Whoever reads may have seen enough: `| head -1`. */
export function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
}

/** Node decides on colors: by the terminal, `NO_COLOR`, `NODE_DISABLE_COLORS` and `FORCE_COLOR`. */
function pageOf(stream: NodeJS.WriteStream, redact: Redact): Page {
  // One by one: given several at once, Node 20 colors for any stream.
  const paint: Paint = (styles, text) =>
    [styles].flat().reduce((painted, style) => styleText(style, painted, { stream }), text);
  return new Page(widthOf(stream), paint, redact);
}

function widthOf({ isTTY, columns }: NodeJS.WriteStream): number {
  const width = isTTY ? columns : Number(variable('COLUMNS'));
  return Math.min(Math.max(width || DEFAULT_WIDTH, LEAST_WIDTH), MOST_WIDTH);
}

// Lays out a report for a terminal of some width.

import type { styleText } from 'node:util';
import type { Redact } from './secrets.ts';
import { neutralize, padEnd, widthOf, wrap } from './text.ts';

export type Style = Parameters<typeof styleText>[0];
/** Colors a text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** What a line is about, at its begin. */
export type Mark = 'ok' | 'fail' | 'warn' | 'note' | 'skip';

const MARK_STYLES: Readonly<Record<Mark, Style>> = {
  ok: 'green',
  fail: ['red', 'bold'],
  warn: 'yellow',
  note: 'cyan',
  skip: 'gray',
};
/** The longest mark, and a space on each side of it. */
const MARK_WIDTH = 6;
const INDENT = '  ';
/** A longer label stands on a line of its own. */
const MAX_LABEL_WIDTH = 16;
/** With less beside the labels, texts follow their label instead. */
const LEAST_TEXT_WIDTH = 34;

export interface Row {
  readonly mark?: Mark;
  readonly label: string;
  /** Each begins on a line of its own. */
  readonly texts: readonly string[];
}

export class Page {
  readonly width: number;
  readonly #paint: Paint;
  readonly #clean: (text: string) => string;
  readonly #lines: string[] = [];

  constructor(width: number, paint: Paint, redact: Redact) {
    this.width = width;
    this.#paint = paint;
    this.#clean = (text) => neutralize(redact(text));
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  blank(): this {
    this.#lines.push('');
    return this;
  }

  heading(text: string): this {
    if (this.#lines.length > 0) this.blank();
    return this.#add('', text, 'bold');
  }

  /** A line for the result of the whole. */
  verdict(mark: 'ok' | 'fail' | 'warn', text: string): this {
    return this.#add('', text, mark === 'ok' ? ['green', 'bold'] : MARK_STYLES[mark]);
  }

  paragraph(text: string, indent = INDENT): this {
    return this.#add(indent, text);
  }

  /** Something to type, and for what. */
  example(call: string, purpose: string): this {
    return this.#add(INDENT, `# ${purpose}`, 'gray').paragraph(call);
  }

  /** Numbered steps. */
  steps(texts: readonly string[]): this {
    const rows = texts.map((text, index) => ({ label: `${index + 1}.`, texts: [text] }));
    return this.rows(rows);
  }

  /** Rows whose labels form a column, if the page is wide enough. */
  rows(rows: readonly Row[], maxLabelWidth = MAX_LABEL_WIDTH): this {
    const labelled = rows.map((row) => ({ ...row, label: this.#clean(row.label) }));
    const column = labelled
      .map(({ label }) => widthOf(label))
      .filter((width) => width <= maxLabelWidth)
      .reduce((left, right) => Math.max(left, right), 0);
    const marked = rows.some(({ mark }) => mark !== undefined) ? MARK_WIDTH : 0;
    const beside = this.width - 2 * INDENT.length - marked - column;
    for (const row of labelled)
      if (beside < LEAST_TEXT_WIDTH) this.#flow(row);
      else this.#row(row, column);
    return this;
  }

  /** Columns side by side, the first row in bold; `false` if the page is too narrow. */
  table(rows: readonly (readonly string[])[]): boolean {
    const cells = rows.map((row) => row.map(this.#clean));
    const widths = (cells[0] ?? []).map((_, index) =>
      cells.reduce((most, row) => Math.max(most, widthOf(row[index] ?? '')), 0),
    );
    const lines = cells.map((row) =>
      (INDENT + row.map((cell, index) => padEnd(cell, widths[index] ?? 0)).join(INDENT)).trimEnd(),
    );
    if (lines.some((line) => widthOf(line) > this.width)) return false;
    this.#lines.push(
      ...lines.map((line, index) => (index === 0 ? this.#paint('bold', line) : line)),
    );
    return true;
  }

  #row({ mark, label, texts }: Row, column: number): void {
    const start = this.#start(mark);
    const indent = start.width + column + INDENT.length;
    const isLong = widthOf(label) > column;
    const [first = '', ...more] = isLong ? wrap(label, this.width - start.width) : [label];
    const lines = texts.flatMap((text) => this.#wrapped(text, indent));
    const line = isLong ? first : padEnd(first, column) + INDENT + (lines.shift() ?? '');
    this.#lines.push((start.text + line).trimEnd());
    this.#addIndented(start.width, more);
    this.#addIndented(indent, lines);
  }

  /** The texts behind their label, each from a new line on. */
  #flow({ mark, label, texts: [text = '', ...others] }: Row): void {
    const start = this.#start(mark);
    const indent = start.width + INDENT.length;
    const isNumber = label.endsWith('.');
    const first = text === '' ? label : `${label}${isNumber ? '' : ':'} ${text}`;
    const [line = '', ...more] = this.#wrapped(first, indent);
    this.#lines.push((start.text + line).trimEnd());
    const rest = others.flatMap((other) => this.#wrapped(other, indent));
    this.#addIndented(indent, [...more, ...rest]);
  }

  #start(mark: Mark | undefined): { text: string; width: number } {
    if (mark === undefined) return { text: INDENT, width: INDENT.length };
    const rest = ' '.repeat(MARK_WIDTH - mark.length);
    const text = INDENT + this.#paint(MARK_STYLES[mark], mark) + rest;
    return { text, width: INDENT.length + MARK_WIDTH };
  }

  #addIndented(indent: number, lines: readonly string[]): void {
    for (const line of lines) this.#lines.push(' '.repeat(indent) + line);
  }

  #wrapped(text: string, indent: number): string[] {
    return wrap(this.#clean(text), Math.max(this.width - indent, 1));
  }

  #add(indent: string, text: string, style?: Style): this {
    for (const line of this.#wrapped(text, indent.length))
      this.#lines.push(style === undefined ? indent + line : indent + this.#paint(style, line));
    return this;
  }
}

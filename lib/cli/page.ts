// Lays out a report for a terminal of some width.

import type { styleText } from 'node:util';
import type { Redact } from './secrets.ts';
import { neutralize, padEnd, widthOf, wrap } from './text.ts';

export type Style = Parameters<typeof styleText>[0];
/** Colors a text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** What a line is about, at its begin. */
export type Mark = 'ok' | 'fail' | 'warn' | 'note' | 'skip';

const MARK_STYLES: Readonly<Record<Mark, Style>> = Object.freeze({
  ok: 'green',
  fail: ['red', 'bold'],
  warn: 'yellow',
  note: 'cyan',
  skip: 'gray',
});
/** The longest mark, and a space on each side of it. */
const MARK_WIDTH = 6;
const INDENT = '  ';
/** A longer label stands on a line of its own. */
const MAX_LABEL_WIDTH = 16;

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

  /** Numbered steps. */
  steps(texts: readonly string[]): this {
    const width = String(texts.length).length;
    texts.forEach((text, index) => {
      const number = `${INDENT}${String(index + 1).padStart(width)}. `;
      this.#addColumn(number, number, this.#wrapped(text, number.length));
    });
    return this;
  }

  /** Rows whose labels form a column. */
  rows(rows: readonly Row[]): this {
    const labels = rows.map(({ label }) => this.#clean(label));
    const widths = labels.map(widthOf).filter((width) => width <= MAX_LABEL_WIDTH);
    const column = widths.reduce((left, right) => Math.max(left, right), 0);
    rows.forEach((row, index) => {
      this.#row(row, labels[index] as string, column);
    });
    return this;
  }

  #row({ mark, texts }: Row, label: string, column: number): void {
    const marked = mark === undefined ? INDENT : `${INDENT}${padEnd(mark, MARK_WIDTH)}`;
    const start = `${marked}${padEnd(label, column)}${INDENT}`;
    const shown = mark === undefined ? start : start.replace(mark, this.#paint(MARK_STYLES[mark], mark));
    const lines = texts.flatMap((text) => this.#wrapped(text, marked.length + column + INDENT.length));
    const isAlone = widthOf(label) > column;
    const first = ' '.repeat(marked.length + column + INDENT.length);
    if (isAlone) this.#lines.push(shown.trimEnd());
    this.#addColumn(isAlone ? first : shown, first, lines);
  }

  #wrapped(text: string, indent: number): string[] {
    return wrap(this.#clean(text), Math.max(this.width - indent, 1));
  }

  #add(indent: string, text: string, style?: Style): this {
    for (const line of this.#wrapped(text, indent.length))
      this.#lines.push(style === undefined ? indent + line : indent + this.#paint(style, line));
    return this;
  }

  /** `first` begins the first line; the others are indented by as much. */
  #addColumn(first: string, start: string, lines: readonly string[]): void {
    const indent = ' '.repeat(start.length);
    const [line = '', ...more] = lines;
    this.#lines.push(`${first}${line}`.trimEnd());
    more.forEach((text) => this.#lines.push(`${indent}${text}`.trimEnd()));
  }
}

/** A shorter wait needs no word. */
const PATIENCE_MS = 500;
const CLEAR_LINE = '\r\u001b[K';

type Terminal = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>;

/**
 * Waits, and says for what if it takes longer than half a second: on a terminal alone, in a line that is
 * gone afterwards.
 */
export async function withProgress<T>(
  terminal: Terminal,
  label: string,
  work: Promise<T>,
): Promise<T> {
  if (!terminal.isTTY) return work;
  let isShown = false;
  const timer = setTimeout(() => {
    isShown = true;
    // One that is cut off by the terminal's edge would leave a line behind.
    terminal.write(`${label} ...`.slice(0, Math.max((terminal.columns || 80) - 1, 1)));
  }, PATIENCE_MS);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    if (isShown) terminal.write(CLEAR_LINE);
  }
}

// What the scripts that write Markdown share.

/**
 * A cell of a table: outside of code, what Markdown would take for a tag is written with a backslash.
 *
 * @param {string} text
 */
export function cell(text) {
  const parts = text.replaceAll('|', '\\|').split('`');
  return parts
    .map((part, index) => (index % 2 === 0 ? part.replaceAll(/[<*]/g, '\\$&') : part))
    .join('`');
}

// The comments of the type declarations, as Markdown.

/** @typedef {{ paragraphs: string[], tags: { name: string, text: string }[] }} Comment */

/** @type {Record<string, string>} */
const LEADS = { throws: 'Throws', returns: 'Returns', param: 'Parameter' };

/** @param {string} raw with its delimiters @returns {Comment} */
export function readComment(raw) {
  const text = raw
    .trim()
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .replaceAll(/^ *\* ?/gm, '');
  const [main = '', ...rest] = text.split(/^\s*@(?=\w)/m);
  const tags = rest.map((tag) => {
    const [name = ''] = /^\w+/.exec(tag) ?? [];
    return { name, text: tag.slice(name.length).replace(/^ /, '').trimEnd() };
  });
  return { paragraphs: paragraphsOf(main), tags };
}

/** Lines that are wrapped become one, those of lists stay. @param {string} text */
function paragraphsOf(text) {
  return text
    .trim()
    .split(/\n\s*\n/)
    .filter((paragraph) => paragraph !== '')
    .map((paragraph) => paragraph.trim().replaceAll(/\n\s*(?!- )/g, ' '));
}

/**
 * The lines of a comment, each followed by what separates paragraphs.
 *
 * @param {Comment} comment
 */
export function plainText({ paragraphs, tags }, separator = '\n') {
  const lines = paragraphs.map((paragraph) => `${linked(paragraph)}${separator}`);
  for (const { name, text } of tags) lines.push(`${tagText(name, text, separator)}${separator}`);
  return lines;
}

/**
 * @param {string} name
 * @param {string} text
 * @param {string} separator
 */
function tagText(name, text, separator) {
  if (name === 'example') {
    const code = text.trim();
    return separator === '\n' ? `\`\`\`ts\n${code}\n\`\`\`` : `For example: \`${code}\`.`;
  }
  const plain = linked(paragraphsOf(text).join(' '))
    .replace(/^\{(\w+)\}/, '`$1`')
    .replace(/^(\w+) (?=[A-Z])/, '`$1`: ');
  return `${LEADS[name] ?? name} ${plain}`;
}

/** @param {string} text */
function linked(text) {
  return text.replaceAll(/\{@link ([\w.]+)\}/g, '`$1`');
}

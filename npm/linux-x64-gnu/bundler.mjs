// Bundlers carry along a file that is named by `new URL`, and no .node that is required.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const file = new URL('./verify-workos-token.linux-x64-gnu.node', import.meta.url);
const addon = { exports: {} };
process.dlopen(addon, file.protocol === 'file:' ? fileURLToPath(file) : besideThis());

export default addon.exports;

// Turbopack gives pages the address at which a browser would find the file, and traces this one.
function besideThis() {
  const folder = path.dirname(fileURLToPath(import.meta.url));
  return path.join(folder, 'verify-workos-token.linux-x64-gnu.node');
}

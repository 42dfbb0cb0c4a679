// Bundlers carry along a file that is named by `new URL`, and no .node that is required.
import { fileURLToPath } from 'node:url';

const file = new URL('./verify-workos-token.linux-x64-gnu.node', import.meta.url);
const addon = { exports: {} };
process.dlopen(addon, fileURLToPath(file));

export default addon.exports;

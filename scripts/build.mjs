// `npm run build` and `npm run build:quick`.
import { binary, build } from './addon.mjs';
import { requireTools, root } from './tools.mjs';

requireTools();
build(process.argv[2] === 'quick' ? 'quick' : 'release');
console.log(`Built ${binary.slice(root.length)}`);

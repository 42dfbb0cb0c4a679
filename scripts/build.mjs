// `npm run build` and `npm run build:quick`.
import { binary, build } from './addon.mjs';
import { buildDist } from './dist.mjs';
import { requireTools, root } from './tools.mjs';

requireTools();
await buildDist();
build(process.argv[2] === 'quick' ? 'quick' : 'release');
console.log(`Built ${binary.slice(root.length)}`);

// Brings a fresh clone to where the demo and the tests run; does nothing where it is there already.
// They run with a build of either profile; with the argument `release` it is the one that ships.
import { requireTools } from './tools.mjs';

requireTools();
await import('./dependencies.mjs');
// Only now: an old Node cannot load it, and has been told so above. It bundles the JavaScript too.
const { buildIfChanged } = await import('./addon.mjs');
const profile = buildIfChanged(process.argv[2] === 'release' ? 'release' : undefined);
console.log(`The addon in place is the ${profile} build.`);

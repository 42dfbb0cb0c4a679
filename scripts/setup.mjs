// Brings a fresh clone to where the demo and the tests run; does nothing where it is there already.
import { requireTools } from './tools.mjs';

requireTools();
await import('./dependencies.mjs');
// Only now: an old Node cannot load it, and has been told so above. It bundles the JavaScript too.
const { buildIfChanged } = await import('./addon.mjs');
buildIfChanged('release');

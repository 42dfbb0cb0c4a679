// The name of this platform, as the loader has it.
import buildDistIfChanged from './dist.mjs';

await buildDistIfChanged();
const loader = await import(new URL('../dist/index.js', import.meta.url).href);

/** @type {string} */
export const platform = loader.platform();

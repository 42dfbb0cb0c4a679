// Bundled apart: a program without an adapter does not load one.

// What the package is made of otherwise, which this bundle shares.
import '../index.ts';

export { createExpress } from './express.ts';
export { createMcp } from './mcp.ts';
export { createNext } from './next.ts';
export { createWeb } from './web.ts';

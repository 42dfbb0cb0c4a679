import { fileURLToPath } from 'node:url';
import { withoutPackage } from '../../lib/loader.ts';

/** The addon itself, which is no part of what users can import. */
export const binding = withoutPackage(undefined, fileURLToPath(new URL('../..', import.meta.url)));

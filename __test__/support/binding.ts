import { withoutPackage } from '../../js/loader.cjs';

/** The addon itself, which is no part of what users can import. */
export const binding = withoutPackage();

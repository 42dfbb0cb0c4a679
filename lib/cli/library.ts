/** The package itself. Asked for only when it is used: it may have no binary for this platform. */
export type Library = typeof import('../../index.js');

export function loadLibrary(): Promise<Library> {
  return import('../../index.js');
}

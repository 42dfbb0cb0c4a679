// Whether Windows is Wine here (`npm run cross -- win32-x64-msvc --suite`), for what Windows can do and
// Wine, or its cage without any program but Node, can't. Each such test says what it is.

/** Only `scripts/wine.mjs` sets this. */
export const isWine = process.platform === 'win32' && process.env.WINEPREFIX !== undefined;

import { createRequire as requireFrom } from 'node:module';
import { connect, platform, withoutPackage } from './dist/index.js';

const folder = import.meta.dirname;

const api = connect({ kind: 'import', folder, requirePackage });

export const {
  verifyWorkosToken,
  verifyWorkosSession,
  createWorkosVerifier,
  explainWorkosToken,
  testWorkosConnection,
  WorkosTokenError,
} = api;

/** The calls are literal, and in a `try`, so that bundlers follow the one that is installed. */
function requirePackage() {
  const name = platform();
  try {
    // esbuild leaves none in CommonJS.
    if (import.meta.url === undefined)
      return requireFrom(__filename)(`verify-workos-token-${name}`);
    const require = requireFrom(import.meta.url);
    switch (name) {
      case 'linux-x64-gnu':
        return require('verify-workos-token-linux-x64-gnu');
      case 'linux-x64-musl':
        return require('verify-workos-token-linux-x64-musl');
      case 'linux-arm64-gnu':
        return require('verify-workos-token-linux-arm64-gnu');
      case 'linux-arm64-musl':
        return require('verify-workos-token-linux-arm64-musl');
      case 'darwin-x64':
        return require('verify-workos-token-darwin-x64');
      case 'darwin-arm64':
        return require('verify-workos-token-darwin-arm64');
      case 'win32-x64-msvc':
        return require('verify-workos-token-win32-x64-msvc');
      case 'win32-arm64-msvc':
        return require('verify-workos-token-win32-arm64-msvc');
    }
  } catch (error) {
    return withoutPackage(error, folder);
  }
  return withoutPackage(undefined, folder);
}

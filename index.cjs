'use strict';

const { connect, platform, withoutPackage } = require('./dist/index.cjs');

// There is none in an ES module that a bundler made.
const folder = typeof __dirname === 'undefined' ? undefined : __dirname;

const api = connect({ kind: 'require', folder, requirePackage });

// Names one by one, so that Node sees them when an ES module imports this one.
module.exports = {
  verifyWorkosToken: api.verifyWorkosToken,
  verifyWorkosSession: api.verifyWorkosSession,
  createWorkosVerifier: api.createWorkosVerifier,
  explainWorkosToken: api.explainWorkosToken,
  testWorkosConnection: api.testWorkosConnection,
  WorkosTokenError: api.WorkosTokenError,
};

/** The calls are literal, and in a `try`, so that bundlers follow the one that is installed. */
function requirePackage() {
  try {
    switch (platform()) {
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

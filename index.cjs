'use strict';

// First: it says so where Node is too old for the rest.
const { platform, shared, withoutPackage } = require('./js/loader.cjs');
const apiOf = require('./js/api.cjs');

const api = apiOf(shared(load));

// Names one by one, so that Node sees them when an ES module imports this one.
module.exports = {
  verifyWorkosToken: api.verifyWorkosToken,
  createWorkosVerifier: api.createWorkosVerifier,
  WorkosTokenError: api.WorkosTokenError,
};

/** The calls are literal, and in a `try`, so that bundlers follow the one that is installed. */
function load() {
  try {
    switch (platform) {
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
    return withoutPackage(error);
  }
  return withoutPackage();
}

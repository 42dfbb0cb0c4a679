'use strict';

// First: it says so where Node is too old for the rest.
const api = require('../index.cjs');
const { createWeb } = require('./adapters/web.cjs');

const adapter = createWeb(api);

module.exports = {
  authenticateRequest: adapter.authenticateRequest,
  errorToResponse: adapter.errorToResponse,
};

'use strict';

const { createWeb } = require('./adapters/web.cjs');

const adapter = createWeb(require('../index.cjs'));

module.exports = {
  authenticateRequest: adapter.authenticateRequest,
  errorToResponse: adapter.errorToResponse,
};

'use strict';

const { createWeb } = require('../dist/adapters.cjs');
const api = require('../index.cjs');

const adapter = createWeb(api);

module.exports = {
  authenticateRequest: adapter.authenticateRequest,
  errorToResponse: adapter.errorToResponse,
};

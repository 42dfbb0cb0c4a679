'use strict';

// First: it says so where Node is too old for the rest.
const api = require('../index.cjs');
const { createExpress } = require('./adapters/express.cjs');

const adapter = createExpress(api);

module.exports = {
  requireWorkosToken: adapter.requireWorkosToken,
};

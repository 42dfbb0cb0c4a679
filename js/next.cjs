'use strict';

// First: it says so where Node is too old for the rest.
const api = require('../index.cjs');
const { createNext } = require('./adapters/next.cjs');

const adapter = createNext(api);

module.exports = {
  withWorkosToken: adapter.withWorkosToken,
};

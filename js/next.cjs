'use strict';

const { createNext } = require('./adapters/next.cjs');

const adapter = createNext(require('../index.cjs'));

module.exports = {
  withWorkosToken: adapter.withWorkosToken,
};

'use strict';

const { createExpress } = require('./adapters/express.cjs');

const adapter = createExpress(require('../index.cjs'));

module.exports = {
  requireWorkosToken: adapter.requireWorkosToken,
};

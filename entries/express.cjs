'use strict';

const { createExpress } = require('../dist/adapters.cjs');
const api = require('../index.cjs');

const adapter = createExpress(api);

module.exports = {
  requireWorkosToken: adapter.requireWorkosToken,
};

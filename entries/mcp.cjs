'use strict';

const { createMcp } = require('../dist/adapters.cjs');
const api = require('../index.cjs');

const adapter = createMcp(api);

module.exports = {
  createMcpResource: adapter.createMcpResource,
};

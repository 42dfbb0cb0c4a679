'use strict';

const { createNext } = require('../dist/adapters.cjs');
const api = require('../index.cjs');

const adapter = createNext(api);

module.exports = {
  withWorkosToken: adapter.withWorkosToken,
};

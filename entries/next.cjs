'use strict';

const { createNext } = require('../dist/index.cjs');
const api = require('../index.cjs');

const adapter = createNext(api);

module.exports = {
  withWorkosToken: adapter.withWorkosToken,
};

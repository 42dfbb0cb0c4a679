'use strict';

// Names one by one, so that Node sees them when an ES module imports this one.
module.exports = { createTestIssuer: require('../dist/testing.cjs').createTestIssuer };

'use strict';

module.exports = { withWorkosToken: require('./sentence.cjs').unavailable };

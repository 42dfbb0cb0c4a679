'use strict';

module.exports = { requireWorkosToken: require('./sentence.cjs').unavailable };

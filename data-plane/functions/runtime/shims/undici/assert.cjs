'use strict'

module.exports = function assert (value, message) {
  if (!value) throw new TypeError(message ?? 'An assertion failed')
}

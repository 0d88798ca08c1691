'use strict'

/** No module of Node's is there. */
module.exports = { runtimeFeatures: { has: () => false } }

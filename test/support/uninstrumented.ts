import processOnSpawn from 'process-on-spawn'

/**
 * tap watches which files each process loads, in whatever a test starts as well. Nobody asks for it, as coverage is not measured, and it
 * is a fifth of what the starts of whole platforms cost. Without it the product's processes run as they do elsewhere.
 */
processOnSpawn.addListener(options => {
  const { NODE_OPTIONS: _watch, ...rest } = options.env
  options.env = rest
})
// What `fork` hands on.
process.execArgv.splice(0)
// Types are blanked out in place, so that lines and columns are right without maps.
process.setSourceMapsEnabled(false)

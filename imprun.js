#!/usr/bin/env node
// Plain JavaScript on purpose: a Node too old for the rest must still be able to read this and say so.
import module from 'node:module'
import { join } from 'node:path'

const required = 24
const major = Number(process.versions.node.split('.')[0])
if (major < required) {
  console.error(`imprun needs Node.js ${required} or newer; this is ${process.versions.node}. "npm start" uses the one that "npm ci" installs.`)
  process.exit(1)
}
// Types are stripped and modules compiled once, and not at each start. Where the folder cannot be written, they are each time.
module.enableCompileCache(join(import.meta.dirname, 'node_modules', '.cache', 'imprun'))
const { run } = await import('./imprun.ts')
await run(process.argv.slice(2))

import { openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { createEgressClient, type EgressClient } from '../../egress/client.ts'
import type { SandboxScripts } from '../scripts.ts'
import { Connection } from './connection.ts'
import { createEngines } from './engine.ts'
import type { FunctionIsolate } from './isolate.ts'
import { Marker } from './marker.ts'
import { IsolatePool, type PoolLimits } from './pool.ts'
import { dropPrivileges } from './privileges.ts'

/** What its supervisor starts a sandbox with: `node sandbox.cjs <JSON of this>`. */
export interface SandboxSettings {
  socketPath: string
  limits: PoolLimits
  /** To go on as; `null`: whoever it was started as. */
  user: number | null
  egress: EgressSettings | null
}

export interface EgressSettings {
  folder: string
  socket: string
  /** Whom the sandbox goes on as has no way to the folder. */
  isOutOfReach: boolean
}

/**
 * A sandbox: a process of its own for tenant code. What it needs beside its settings it finds open, so that it need not be able to open
 * anything: the scripts as file 3, its mark (see `blame.ts`) as file 4.
 *
 * Says `ready` on its standard output when it listens. It ends as soon as anything comes in on its standard input. Where that ends instead, its
 * supervisor is gone, and it ends when nobody is connected any more.
 */
const { socketPath, limits, user, egress } = JSON.parse(process.argv[2] ?? '{}') as SandboxSettings
const scriptsFile = 3
const markFile = 4

const trimIntervalMs = 1_000
/** Answers wait this long at most for those of other isolates, to leave in one write with them. */
const flushAfterMs = 1

/** Edge workers without a supervisor have been replaced, and have drained, within this time. */
const orphanMs = 45_000

let isOrphaned = false
const connections = new Set<Connection>()
const ready = new Set<FunctionIsolate>()
let isRunning = false

const scripts = JSON.parse(readFileSync(scriptsFile, 'utf8')) as SandboxScripts
const createEngine = createEngines(scripts, message => {
  process.stderr.write(`V8 has lost control of an isolate: ${message}\n`)
  process.abort()
})
const marker = new Marker(markFile)
const pool = new IsolatePool(createEngine, limits, {
  schedule,
  onStopped: isolate => {
    ready.delete(isolate)
    for (const connection of connections) connection.forget(isolate)
  },
  onTurn: isolate => marker.enter(isolate.mark)
}, openEgress(egress))

/** To be called while the sandbox is still who it was started as. */
function openEgress (settings: EgressSettings | null): EgressClient | null {
  if (settings === null) return null
  // proc(5): a folder that is open can be entered whatever is above it.
  const folder = settings.isOutOfReach ? `/proc/self/fd/${openSync(settings.folder, 'r')}` : settings.folder
  return createEgressClient(path.join(folder, settings.socket))
}

/** All that has arrived by the end of this turn of the event loop runs together. */
function schedule (isolate: FunctionIsolate | null): void {
  if (isolate !== null) ready.add(isolate)
  if (isRunning) return
  isRunning = true
  setImmediate(runReady)
}

/** One batch of every isolate that has something to run; then others get their turn. */
function runReady (): void {
  let flushed = performance.now()
  // A copy: an isolate that becomes ready again meanwhile has to wait its turn.
  for (const isolate of Array.from(ready)) {
    pool.touch(isolate)
    if (!isolate.run()) ready.delete(isolate)
    if (performance.now() - flushed > flushAfterMs) {
      // What follows an answer is nobody's fault any more.
      marker.leave()
      flush()
      flushed = performance.now()
    }
  }
  marker.leave()
  flush()
  isRunning = false
  if (ready.size > 0) schedule(null)
}

function flush (): void {
  for (const connection of connections) connection.flush()
}

const server = createServer(socket => {
  const connection = new Connection(socket, pool, () => schedule(null))
  connections.add(connection)
  socket.on('error', error => process.stderr.write(`A connection broke: ${error.message}\n`))
  socket.on('close', () => {
    connections.delete(connection)
    connection.close()
    endWhenAlone()
  })
})

process.umask(0o177)
server.listen(socketPath, () => {
  if (user !== null) dropPrivileges(user)
  process.stdout.write('ready\n')
})
setInterval(() => pool.trim(), trimIntervalMs).unref()

// Ctrl-C reaches the whole process group; the supervisor says when it is time.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => process.exit(0))
process.stdin.on('data', () => process.exit(0)).on('end', () => {
  isOrphaned = true
  setTimeout(() => process.exit(0), orphanMs).unref()
  endWhenAlone()
})

function endWhenAlone (): void {
  if (isOrphaned && connections.size === 0) process.exit(0)
}

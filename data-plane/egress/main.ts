import { createServer } from 'node:net'
import { createAddressGuard } from './addresses.ts'
import { serveConnection } from './connection.ts'
import { createLookup } from './dns.ts'
import { EgressError } from './errors.ts'
import { createEgress } from './fetch.ts'
import type { EgressLimits } from './limits.ts'

/**
 * The egress: the one process that makes outbound requests for tenant code, and does nothing else. It holds no secrets.
 *
 *     node egress.cjs <settings as JSON>
 *
 * Says `ready` on its standard output when it listens. When its standard input ends, its supervisor is gone, and it ends with its last connection.
 */
export interface EgressSettings {
  socketPath: string
  /** Of the socket: who may connect. */
  umask: number
  /** CIDRs beside the public addresses. */
  allow: string[]
  /** "host:port"; `null`: the system's. */
  dnsServers: string[] | null
  limits: Partial<EgressLimits>
}

/** Sandboxes connect once each. */
const maxConnections = 512
/** Sandboxes without a supervisor have ended within this time. */
const orphanMs = 50_000
let connections = 0
let isOrphaned = false

const { socketPath, umask, allow, dnsServers, limits } = JSON.parse(process.argv[2]!) as EgressSettings
const guard = createAddressGuard({ allow })
const lookup = createLookup({ servers: dnsServers })

const server = createServer(socket => {
  connections++
  socket.once('close', () => {
    connections--
    endWhenAlone()
  })
  serveConnection(socket, { egress: createEgress({ guard, lookup, limits }), onFault: report })
})
server.maxConnections = maxConnections

process.umask(umask)
server.listen(socketPath, () => process.stdout.write('ready\n'))

// Ctrl-C reaches the whole process group; the supervisor says when it is time.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => process.exit(0))
process.stdin.on('end', () => {
  isOrphaned = true
  setTimeout(() => process.exit(0), orphanMs).unref()
  endWhenAlone()
}).resume()

function endWhenAlone (): void {
  if (isOrphaned && connections === 0) process.exit(0)
}

/** One line, without what a tenant or a server has written into it. */
function report (error: Error): void {
  const cause = error.cause instanceof Error ? error.cause : error
  const code = 'code' in cause ? String(cause.code) : ''
  process.stderr.write(`${error.name} ${cause.name} ${code} ${error instanceof EgressError ? '' : error.message}`.trimEnd().slice(0, 500).replaceAll('\n', ' ') + '\n')
}

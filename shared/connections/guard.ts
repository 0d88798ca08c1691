import type { EventEmitter } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import type { Config } from '../config.ts'
import type { Logger } from '../log.ts'
import type { Pace } from './connection.ts'
import { ConnectionTable } from './table.ts'
import { createTurnAway } from './turn-away.ts'

export type ConnectionSettings = Pick<Config, 'maxConnections' | 'maxConnectionsPerAddress' | 'trustedProxies' | 'clientStallSeconds' | 'minUploadBytesPerSecond'>

export interface GuardOptions {
  settings: ConnectionSettings
  /** Looks first at what is spoken on a connection that may stay, and hands those on which it is HTTP/1 to `serve`. Left out: all are. */
  divert?: (socket: Socket, serve: (socket: Socket) => void) => void
  nextRequestId: () => string
  logger: Logger
}

/** Since the start of the process, but for `open`. */
export interface ConnectionCounts {
  open: number
  /** Answered with 503, or reset, because there was no room. */
  turnedAway: number
  /** Closed while nothing was asked on them, for others that came. */
  replaced: number
  slowUploads: number
  /** Their clients did not read the answer. */
  slowReaders: number
  /** Requests were sent faster than answers were waited for. */
  pipelined: number
}

export interface ConnectionGuard {
  /** Those that are open. */
  sockets: () => Iterable<Socket>
  /** Nothing but health is answered on it. */
  isReserve: (socket: Socket) => boolean
  /** TLS is spoken on a connection: requests come on this socket. */
  secure: (below: Socket, socket: Socket) => void
  /** HTTP/2 is spoken on it. */
  multiplex: (socket: Socket) => void
  /** A request has come on it, and is served next. */
  addStream: (socket: Socket, request: IncomingMessage) => void
  counts: () => ConnectionCounts
}

/** Requests on one connection that wait for their answers: browsers have one, and nobody needs so many. */
const maxPipelined = 64
/** How exactly slow clients are found. */
const sweepMs = 1_000
/** The operator is told at most so often. */
const reportMs = 10_000

/** Stands before a server that does not listen yet: who may connect, and how slow a client may be. Ends with the server. */
export function guardConnections (server: Server, { settings, divert, nextRequestId, logger }: GuardOptions): ConnectionGuard {
  const { maxConnections, maxConnectionsPerAddress, trustedProxies, clientStallSeconds, minUploadBytesPerSecond } = settings
  const table = new ConnectionTable({ maxConnections, maxPerAddress: maxConnectionsPerAddress, proxies: trustedProxies })
  const counts = { turnedAway: 0, slowUploads: 0, slowReaders: 0, pipelined: 0 }
  const pace: Pace = { stallMs: clientStallSeconds * 1000, minUploadBytesPerSecond }
  const read = (): ConnectionCounts => ({ open: table.size, replaced: table.replaced, ...counts })

  const turnAway = createTurnAway(nextRequestId)
  // Requests come on the sockets that speak TLS, not on those below.
  standBefore(server, server instanceof TlsServer ? 'secureConnection' : 'connection', (socket, serve) => {
    const { remoteAddress } = socket
    // It is gone already.
    if (remoteAddress === undefined) socket.destroy()
    else if (table.add(socket, remoteAddress, performance.now()) === null) {
      counts.turnedAway++
      turnAway(socket)
    } else if (divert === undefined) serve(socket)
    else divert(socket, serve)
  })
  standBefore(server, 'request', (request, response, serve) => {
    const connection = table.find(request.socket)
    // Cut off: what had come with the rest is parsed to its end.
    if (connection === undefined || request.socket.destroyed) return
    connection.begin(request, response)
    if (connection.unanswered <= maxPipelined) return serve(request, response)
    counts.pipelined++
    request.socket.destroy()
  })
  const report = createReport(read, (news, total) => logger.warn({ ...news, total, greediest: table.greediest() }, 'connections were turned away or cut off'))
  const sweep = setInterval(() => {
    const now = performance.now()
    for (const connection of table.connections) {
      const stall = connection.stall(now, pace)
      if (stall === null) continue
      counts[stall === 'upload' ? 'slowUploads' : 'slowReaders']++
      connection.giveUp(stall, now, pace)
    }
    report(now)
  }, Math.min(sweepMs, pace.stallMs / 4)).unref()
  server.once('close', () => {
    clearInterval(sweep)
    report(Infinity)
  })
  return {
    sockets: () => table.sockets,
    isReserve: socket => table.find(socket)?.isReserve === true,
    secure: (below, socket) => table.replaceSocket(below, socket),
    multiplex: socket => table.find(socket)?.multiplex(),
    addStream: (socket, request) => table.addStream(socket, request.socket),
    counts: read
  }
}

interface Events {
  connection: [socket: Socket]
  secureConnection: [socket: Socket]
  request: [request: IncomingMessage, response: ServerResponse]
}

/** Servers do their work in listeners of their own: those go on only with what is served. */
function standBefore<Name extends keyof Events> (server: Server, event: Name, look: (...args: [...Events[Name], serve: (...args: Events[Name]) => void]) => void): void {
  const emitter: EventEmitter = server
  const listeners = emitter.listeners(event)
  emitter.removeAllListeners(event)
  const serve = (...args: Events[Name]): void => { for (const listener of listeners) listener.apply(server, args) }
  emitter.on(event, (...args: Events[Name]) => look(...args, serve))
}

/** What has been added since it was last told, if anything. */
function createReport (read: () => ConnectionCounts, tell: (news: Partial<ConnectionCounts>, total: ConnectionCounts) => void): (now: number) => void {
  let told = read()
  let toldAt = -Infinity
  return now => {
    if (now - toldAt < reportMs) return
    const counts = read()
    const names = (Object.keys(counts) as Array<keyof ConnectionCounts>).filter(name => name !== 'open' && counts[name] > told[name])
    if (names.length === 0) return
    tell(Object.fromEntries(names.map(name => [name, counts[name] - told[name]])), counts)
    told = counts
    toldAt = now
  }
}

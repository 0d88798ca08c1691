import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Config } from '#shared/config.ts'
import type { ConnectionGuard } from '#shared/connections/guard.ts'
import type { Logger } from '#shared/log.ts'
import { divertProtocols } from './protocols.ts'
import { createSessions } from './sessions.ts'
import { createTlsListener } from './tls.ts'

export type ListenerSettings = Pick<Config, 'dataTls' | 'h2c' | 'headersSeconds'>

export interface ListenerOptions {
  settings: ListenerSettings
  logger: Logger
  /** Serves requests of every protocol, and accepts all connections. */
  server: Server
  connections: () => Pick<ConnectionGuard, 'secure' | 'multiplex' | 'addStream'>
  maxHeaderBytes: number
  maxHeaders: number
  keepAliveMs: number
}

/** TLS and HTTP/2 beside HTTP/1, at the same port. */
export interface Listener {
  /** Hands connections over to whoever speaks what is spoken on them. */
  divert: (socket: Socket, serve: (socket: Socket) => void) => void
  /** Resolves when there are certificates, or it is known why there are none. */
  ready: () => Promise<void>
  /** The files with certificates cannot be used as they are now. */
  hasTrouble: () => boolean
  /** See `TlsListener`. */
  setTicketKeys: (keys: Buffer) => void
  /** Announces the end to clients, whose next requests go elsewhere. */
  announceEnd: () => void
  /** Ends what is not used. */
  closeIdle: () => void
  closeAll: () => void
  close: () => Promise<void>
}

/** `null`: HTTP/1 alone is spoken, and nothing stands before it. */
export function createListener ({ settings, logger, server, connections, maxHeaderBytes, maxHeaders, keepAliveMs }: ListenerOptions): Listener | null {
  const { dataTls, h2c, headersSeconds } = settings
  if (dataTls === null && !h2c) return null
  const tls = dataTls === null
    ? null
    : createTlsListener({ files: dataTls, logger, headersSeconds, onSecure: (below, socket) => connections().secure(below, socket) })
  const sessions = createSessions({
    maxHeaderBytes,
    maxHeaders,
    headersSeconds,
    keepAliveMs,
    onSession: socket => connections().multiplex(socket),
    onStream: (socket, request) => connections().addStream(socket, request),
    serve: (request, response) => server.emit('request', request, response)
  })
  const { divert, closeSilent } = divertProtocols({ secure: tls === null ? null : tls.secure, accept: sessions.accept, isPlainHttp2: h2c, headersSeconds })
  return {
    divert,
    ready: async () => await tls?.ready(),
    hasTrouble: () => tls !== null && tls.trouble() !== null,
    setTicketKeys: keys => tls?.setTicketKeys(keys),
    announceEnd: () => sessions.close(false),
    closeIdle: () => {
      closeSilent()
      sessions.close(true)
    },
    closeAll: () => {
      closeSilent()
      sessions.destroy()
    },
    close: async () => await tls?.close()
  }
}

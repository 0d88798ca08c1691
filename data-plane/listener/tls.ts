import type { Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import type { DataTlsFiles } from '#shared/config.ts'
import type { Logger } from '#shared/log.ts'
import { openCertificates, protocolOptions } from './certificates.ts'

export interface TlsListenerOptions {
  /** Where authorities for clients are named, clients are asked for certificates. Who has none, or one that nobody vouches for, is let in nevertheless: policies decide. */
  files: DataTlsFiles
  logger: Logger
  /** For the whole of a handshake. */
  headersSeconds: number
  /** Requests of a connection come on another socket from now on. */
  onSecure: (below: Socket, socket: TLSSocket) => void
}

export interface TlsListener {
  secure: (socket: Socket, onSecure: (socket: TLSSocket) => void) => void
  /** 48 bytes with which the tickets of sessions are sealed: whoever has the same ones goes on with a session of another. */
  setTicketKeys: (keys: Buffer) => void
  /** Resolves when the files have been looked at: handshakes fail before, and where there is nothing to use in them. */
  ready: () => Promise<void>
  /** Why what is in the files now is not used; `null`: it is. */
  trouble: () => string | null
  close: () => Promise<void>
}

/** Speaks TLS on connections that others have accepted. */
export function createTlsListener ({ files, logger, headersSeconds, onSecure }: TlsListenerOptions): TlsListener {
  const handshakes = new Map<string, { below: Socket, done: (socket: TLSSocket) => void }>()
  const server = createServer({
    ...protocolOptions,
    ALPNProtocols: ['h2', 'http/1.1'],
    handshakeTimeout: headersSeconds * 1_000,
    requestCert: files.clientCaFile !== null,
    rejectUnauthorized: false,
    // So that sessions of one are not taken for those of another service with the same keys.
    sessionIdContext: 'imprun',
    SNICallback: (host, done) => {
      const context = certificates.contextFor(host)
      if (context === null) done(new Error('there is no certificate'))
      else done(null, context)
    }
  })
  server.on('secureConnection', socket => {
    const handshake = handshakes.get(peerOf(socket))
    if (handshake === undefined) return void socket.destroy()
    handshakes.delete(peerOf(socket))
    onSecure(handshake.below, socket)
    handshake.done(socket)
  })
  let ticketKeys: Buffer | null = null
  const certificates = openCertificates(files, {
    logger,
    onRenewed: standard => {
      server.setSecureContext(standard)
      if (ticketKeys !== null) server.setTicketKeys(ticketKeys)
    }
  })
  // The socket is destroyed by then.
  server.on('tlsClientError', () => undefined)
  return {
    secure: (below, done) => {
      if (!certificates.areThere()) return void below.destroy()
      // A client that ends in the middle of a handshake is gone; servers of HTTP/1 wait for those that have nothing more to say.
      below.allowHalfOpen = false
      const peer = peerOf(below)
      handshakes.set(peer, { below, done })
      below.once('close', () => handshakes.delete(peer))
      server.emit('connection', below)
    },
    setTicketKeys: keys => {
      ticketKeys = keys
      server.setTicketKeys(keys)
    },
    ready: certificates.renew,
    trouble: certificates.trouble,
    close: certificates.close
  }
}

/** Node does not say which connection is below; no two that are open have the same. */
function peerOf ({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

export interface ProtocolOptions {
  /** Speaks TLS on a socket whose first bytes ask for it, and calls back with the socket on which requests come. `null`: TLS is not spoken. */
  secure: ((socket: Socket, onSecure: (socket: TLSSocket) => void) => void) | null
  /** Speaks HTTP/2. */
  accept: (socket: Socket) => void
  /** HTTP/2 without TLS is spoken with who begins to. */
  isPlainHttp2: boolean
  /** From the beginning of a connection until its first bytes. */
  headersSeconds: number
}

export interface Protocols {
  divert: (socket: Socket, serve: (socket: Socket) => void) => void
  /** Those that have not said anything. */
  closeSilent: () => void
}

/** RFC 9113, section 3.4. */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
/** RFC 8446, section 5.1: a record of type handshake. */
const handshake = 22

const nothing = Buffer.alloc(0)

type Protocol = 'tls' | 'http2' | 'http1'

/**
 * One port for all: the first bytes of a connection say what is spoken on it. So there is one socket to be kept through restarts, whatever is spoken.
 */
export function divertProtocols ({ secure, accept, isPlainHttp2, headersSeconds }: ProtocolOptions): Protocols {
  const silent = new Set<Socket>()
  const handOver = (socket: Socket, protocol: Protocol, serve: (socket: Socket) => void): void => {
    switch (protocol) {
      case 'http1': return serve(socket)
      case 'http2': return accept(socket)
      case 'tls': return secure!(socket, secured => {
        if (secured.alpnProtocol === 'h2') accept(secured)
        else serve(secured)
      })
    }
  }
  const wait = (socket: Socket, serve: (socket: Socket) => void): void => {
    silent.add(socket)
    let seen: Buffer = nothing
    const impatience = setTimeout(() => socket.destroy(), headersSeconds * 1_000).unref()
    const settle = (): void => {
      clearTimeout(impatience)
      silent.delete(socket)
      socket.off('readable', look).off('end', leave).off('close', settle).off('error', ignore)
    }
    const look = (): void => {
      const bytes = socket.read() as Buffer | null
      if (bytes === null) return
      seen = seen.length === 0 ? bytes : Buffer.concat([seen, bytes])
      const protocol = recognize(seen, secure !== null, isPlainHttp2)
      if (protocol === null) return
      settle()
      socket.unshift(seen)
      handOver(socket, protocol, serve)
    }
    const leave = (): void => { socket.destroy() }
    socket.on('readable', look).on('end', leave).on('close', settle).on('error', ignore)
  }
  return { divert: wait, closeSilent: () => { for (const socket of silent) socket.destroy() } }
}

/** `null`: not to be told yet. */
function recognize (bytes: Buffer, speaksTls: boolean, isPlainHttp2: boolean): Protocol | null {
  if (speaksTls && bytes[0] === handshake) return 'tls'
  if (!isPlainHttp2 || !preface.subarray(0, bytes.length).equals(bytes.subarray(0, preface.length))) return 'http1'
  return bytes.length < preface.length ? null : 'http2'
}

function ignore (): void {}

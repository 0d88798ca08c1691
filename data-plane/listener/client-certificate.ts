import type { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'

/**
 * What the client has shown in the handshake, and that it has the key to: who vouches for it is for whoever asks to find out, since owners of gateways have authorities of their
 * own. `null`: nothing, or TLS is not spoken here. The same for every request of a connection.
 */
export function clientCertificateOf ({ socket }: IncomingMessage): X509Certificate | null {
  // What a request of HTTP/2 has for a socket says the same.
  const { encrypted } = socket as Partial<Pick<TLSSocket, 'encrypted'>>
  return encrypted === true ? (socket as TLSSocket).getPeerX509Certificate() ?? null : null
}

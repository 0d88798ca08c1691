import type { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'

/**
 * Whom the client has shown to be, where `IMPRUN_DATA_TLS_CLIENT_CA` names who vouches for clients and one of them does. `null`: it has shown nothing, nobody vouches for what it
 * has, or TLS is not spoken here. The same for every request of a connection.
 */
export function clientCertificateOf ({ socket }: IncomingMessage): X509Certificate | null {
  // What a request of HTTP/2 has for a socket says the same.
  const { encrypted, authorized } = socket as Partial<Pick<TLSSocket, 'encrypted' | 'authorized'>>
  return encrypted === true && authorized === true ? (socket as TLSSocket).getPeerX509Certificate() ?? null : null
}

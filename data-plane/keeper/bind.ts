import { lookup } from 'node:dns/promises'
import net, { isIP } from 'node:net'

/** An address that is held, and at which nobody has to accept anything yet: whoever is given the descriptor may. */
export interface BoundAddress {
  readonly fd: number
  readonly port: number
  /** Nobody is given it any more; those who have it keep it. */
  close: () => void
}

/** The address cannot be listened on; `code` is the system's, such as `EADDRINUSE`. */
export class ListenFailed extends Error {
  override readonly name = 'ListenFailed'
  readonly code: string
  constructor (code: string, options?: ErrorOptions) {
    super(`the address cannot be listened on: ${code}`, options)
    this.code = code
  }
}

/**
 * Holds one socket for all processes that will ever accept at this address: connections wait in its queue while those that accept come
 * and go, where sockets of their own (`SO_REUSEPORT`) would each take their queue along when they close.
 * @param port 0: any
 * @throws {ListenFailed}
 */
export async function bindAddress (host: string, port: number): Promise<BoundAddress> {
  try {
    const address = isIP(host) === 0 ? (await lookup(host)).address : host
    const bound = new net.BoundSocket({ host: address, port })
    return { fd: bound.fd(), port: bound.address().port, close: () => bound.close() }
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    throw new ListenFailed(String(error.code), { cause: error })
  }
}

import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { createAddressMatcher } from '#shared/connections/addresses.ts'

/**
 * Who asks: the peer, or whom a chain of trusted proxies has seen, each of which adds its own peer at the end of `X-Forwarded-For`. What stands
 * before the first that is not trusted is anybody's word. IPv4 that comes as IPv6 is IPv4.
 * @param trustedProxies CIDRs
 */
export function createClientAddress (trustedProxies: readonly string[]): (request: IncomingMessage) => string {
  if (trustedProxies.length === 0) return ({ socket }) => plain(socket.remoteAddress ?? '')
  const isTrusted = createAddressMatcher(trustedProxies)
  return ({ socket, headers }) => {
    let address = plain(socket.remoteAddress ?? '')
    const said = headers['x-forwarded-for']
    // Node joins fields of this name.
    if (typeof said !== 'string') return address
    const hops = said.split(',')
    while (hops.length > 0 && isTrusted(address)) {
      const hop = plain(hops.pop()!.trim())
      if (isIP(hop) === 0) break
      address = hop
    }
    return address
  }
}

function plain (address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address
}

/** Whether a request comes from a proxy whose word is taken. @param trustedProxies CIDRs */
export function createPeerTrust (trustedProxies: readonly string[]): (request: IncomingMessage) => boolean {
  if (trustedProxies.length === 0) return () => false
  const isTrusted = createAddressMatcher(trustedProxies)
  return ({ socket }) => isTrusted(plain(socket.remoteAddress ?? ''))
}

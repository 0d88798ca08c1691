import { BlockList, isIP, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Who has an address: of a connection, or of a client that nobody knows otherwise. IPv6: the /64, which is what one subscriber is given; IPv4 that comes as IPv6 is IPv4. */
export function holderOf (remoteAddress: string): string {
  if (!isIPv6(remoteAddress)) return remoteAddress
  const address = ipaddr.process(remoteAddress)
  if (address.kind() === 'ipv4') return address.toString()
  return `${(address as ipaddr.IPv6).parts.slice(0, 4).map(part => part.toString(16)).join(':')}::/64`
}

/** RFC 4632, section 3.1; RFC 4291, section 2.3. */
export function isCidr (text: string): boolean {
  const [address, bits, ...rest] = text.split('/')
  const family = isIP(address!)
  return family !== 0 && !address!.includes('%') && rest.length === 0 && /^\d{1,3}$/.test(bits ?? '') && Number(bits) <= (family === 4 ? 32 : 128)
}

/** Nothing but an address is in any range: that of a socket which has ended is none. @param ranges CIDRs, already checked */
export function createAddressMatcher (ranges: readonly string[]): (remoteAddress: string) => boolean {
  const list = new BlockList()
  for (const range of ranges) {
    const [network, bits] = range.split('/')
    list.addSubnet(network!, Number(bits), isIPv6(network!) ? 'ipv6' : 'ipv4')
  }
  return remoteAddress => isIP(remoteAddress) !== 0 && list.check(remoteAddress, isIPv6(remoteAddress) ? 'ipv6' : 'ipv4')
}

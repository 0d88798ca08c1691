import { BlockList, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Who holds a connection. IPv6: the /64, which is what one subscriber is given; IPv4 that comes as IPv6 is IPv4. */
export function holderOf (remoteAddress: string): string {
  if (!isIPv6(remoteAddress)) return remoteAddress
  const address = ipaddr.process(remoteAddress)
  if (address.kind() === 'ipv4') return address.toString()
  return `${(address as ipaddr.IPv6).parts.slice(0, 4).map(part => part.toString(16)).join(':')}::/64`
}

/** @param ranges CIDRs, already checked */
export function createAddressMatcher (ranges: readonly string[]): (remoteAddress: string) => boolean {
  const list = new BlockList()
  for (const range of ranges) {
    const [network, bits] = range.split('/')
    list.addSubnet(network!, Number(bits), isIPv6(network!) ? 'ipv6' : 'ipv4')
  }
  return remoteAddress => list.check(remoteAddress, isIPv6(remoteAddress) ? 'ipv6' : 'ipv4')
}

import ipaddr from 'ipaddr.js'
import { isIP } from 'node:net'

export interface AddressGuard {
  /** Whether tenant code may speak to this address. Whatever is not an IP address in its usual spelling is refused. */
  allows: (address: string) => boolean
}

export interface AddressGuardOptions {
  /** CIDRs that are allowed although they are not public, such as `10.1.0.0/16` or `fd00::/8`. */
  allow?: readonly string[]
}

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** The only part of IPv6 that is given out to be routed (RFC 4291, section 4; IANA's address space registry). */
const globalUnicast: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3]
/** RFC 6052, section 2.1: the last 32 bits are the IPv4 address that a NAT64 dials. Names get such addresses on IPv6-only networks. */
const nat64: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('64:ff9b::'), 96]

/**
 * Lets through what is public unicast, and nothing else: an allow list, so that ranges nobody thought of are refused. An address that
 * embeds another one for the host itself (IPv4-mapped) or for a well-known translator (NAT64) is judged by the one inside; one that is
 * handed to a tunnel (6to4, Teredo) or a private translator (RFC 8215) is refused whatever it embeds.
 * @throws {TypeError} for a CIDR that is none
 */
export function createAddressGuard ({ allow = [] }: AddressGuardOptions = {}): AddressGuard {
  const allowed = allow.map(parseCidr)
  return {
    allows: text => {
      const address = parse(text)
      if (address === null) return false
      return allowed.some(range => range[0].kind() === address.kind() && address.match(range)) || isPublic(address)
    }
  }
}

/** @throws {TypeError} */
export function parseCidr (text: string): [Address, number] {
  if (!ipaddr.isValidCIDR(text) || !isIP(text.split('/')[0]!)) throw new TypeError(`"${text}" is not a range of addresses such as 10.1.0.0/16`)
  const [address, bits] = ipaddr.parseCIDR(text)
  // What is judged never has the mapped form, so a range of it means the IPv4 range inside.
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= 96) return [address.toIPv4Address(), bits - 96]
  return [address, bits]
}

/** `null` for other spellings than the ones of the operating system, and for addresses of one link only (`fe80::1%eth0`). */
function parse (text: string): Address | null {
  if (isIP(text) === 0 || text.includes('%')) return null
  return ipaddr.process(text)
}

function isPublic (address: Address): boolean {
  if (address instanceof ipaddr.IPv4) return address.range() === 'unicast'
  if (address.match(nat64)) return isPublic(ipaddr.fromByteArray(address.toByteArray().slice(12)))
  return address.range() === 'unicast' && address.match(globalUnicast)
}

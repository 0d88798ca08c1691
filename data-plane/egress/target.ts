import { isIP } from 'node:net'
import type { AddressGuard } from './addresses.ts'
import { EgressError, quote } from './errors.ts'

const maxUrlLength = 8_192

/** Fetch Standard, section 2.9 ("port blocking"): where a service of another kind could take a request for its own protocol. */
const badPorts: ReadonlySet<number> = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119,
  123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993,
  995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080
])

/**
 * A URL that may be fetched as far as its text says. The URL parser brings every spelling of an IPv4 address (`0x7f.1`, `2130706433`, full-width
 * digits) into the one that the guard reads.
 * @param base what a `Location` is relative to
 * @throws {EgressError} `request_invalid`, `port_not_allowed`, `address_not_public`
 */
export function readTarget (text: string, guard: AddressGuard, base?: URL): URL {
  if (text.length > maxUrlLength) throw new EgressError('request_invalid', `the URL is longer than ${maxUrlLength} characters`)
  const url = URL.parse(text, base)
  if (url === null) throw new EgressError('request_invalid', `${quote(text)} is not a valid URL`)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new EgressError('request_invalid', `only http and https can be fetched, not ${quote(url.protocol)}`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new EgressError('request_invalid', 'the URL has a user name or a password in it; send them in the authorization header')
  }
  if (isBadPort(url.port)) throw new EgressError('port_not_allowed', `port ${url.port} is not allowed`)
  const address = hostAddress(url.hostname)
  if (address !== null && !guard.allows(address)) throw new EgressError('address_not_public', `address ${address} is not public`)
  return url
}

/** @param port as in a URL: empty for the scheme's own */
export function isBadPort (port: string): boolean {
  return port !== '' && badPorts.has(Number(port))
}

/** The address, where the host is one rather than a name; without the brackets of an IPv6 address. */
export function hostAddress (hostname: string): string | null {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return isIP(bare) === 0 ? null : bare
}

import { Resolver } from 'node:dns/promises'

/** All addresses of a name, in the order in which they are to be tried. Rejects where there are none. */
export type Lookup = (hostname: string) => Promise<string[]>

export interface LookupOptions {
  /** "host:port" or "host" of the DNS servers to ask; `null`: the ones of the system. */
  servers?: readonly string[] | null
}

const queryTimeoutMs = 1_500
/** How much longer than the first family the second one may take (RFC 8305, section 3, waits 50 ms; a public resolver may be further away). */
const secondFamilyMs = 200

/**
 * Asks DNS servers without the operating system's resolver: `getaddrinfo` runs on the thread pool, two at a time, and a name whose servers
 * never answer takes 10 s there, so that a few of them keep everybody else's look-ups waiting. IPv4 first: a machine without IPv6 then
 * loses no time.
 */
export function createLookup ({ servers = null }: LookupOptions = {}): Lookup {
  const resolver = new Resolver({ timeout: queryTimeoutMs, tries: 2 })
  if (servers !== null) resolver.setServers(servers)
  return async hostname => {
    // RFC 6761, section 6.3: these are never asked for.
    if (/(?:^|\.)localhost\.?$/i.test(hostname)) return ['127.0.0.1', '::1']
    return await bothFamilies(resolver.resolve4(hostname), resolver.resolve6(hostname))
  }
}

async function bothFamilies (ipv4: Promise<string[]>, ipv6: Promise<string[]>): Promise<string[]> {
  const found: string[][] = []
  const { promise: first, resolve: resolveFirst } = Promise.withResolvers<void>()
  const settled = Promise.allSettled([ipv4, ipv6].map(async (family, index) => {
    found[index] = await family
    resolveFirst()
  }))
  await Promise.race([settled, first])
  const { promise: waited, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, secondFamilyMs)
  await Promise.race([settled, waited])
  clearTimeout(timer)
  const addresses = found.flat()
  // Nothing of either family: the first one's error says why.
  return addresses.length > 0 ? addresses : await ipv4
}

import type { Proxy, ProxySetting } from '../../proxied/proxy.ts'

export const peerName = 'the upstream itself'

/** Nothing in between: whatever a proxy takes beyond this, it adds. */
export async function start ({ backend, upstream: { version, pid } }: ProxySetting): Promise<Proxy> {
  // It goes with what stands in front of it.
  return { name: peerName, version, pid, origin: `http://${backend}`, knowsClients: false, expectedHeaders: {}, close: async () => await Promise.resolve() }
}

import type { Proxy, ProxySetting } from '../../proxied/proxy.ts'
import { startForkedProxy } from '../forked.ts'

/** As its README shows it: whoever asks is let through, nothing is counted, added or written down. */
export async function start ({ backend }: ProxySetting): Promise<Proxy> {
  return await startForkedProxy({ name: '@fastify/http-proxy', packageName: '@fastify/http-proxy', server: new URL('server.ts', import.meta.url) }, backend)
}

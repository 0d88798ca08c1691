import type { Proxy, ProxySetting } from '../../proxied/proxy.ts'
import { startForkedProxy } from '../forked.ts'

/** `node:http` in front and undici behind, and nothing in between: whoever asks is let through, nothing is counted, added or written down. */
export async function start ({ backend }: ProxySetting): Promise<Proxy> {
  return await startForkedProxy({ name: 'node:http + undici', packageName: 'undici', server: new URL('server.ts', import.meta.url) }, backend)
}

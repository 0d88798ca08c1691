import { origin } from '../../clients/population.ts'
import type { Proxy, ProxySetting } from '../../proxied/proxy.ts'
import { startNginx } from './start.ts'

/** A map of keys, `limit_req` for each client, CORS, `X-Forwarded-*`, a request id and an access log, in one worker. */
export async function start ({ backend, callers }: ProxySetting): Promise<Proxy> {
  const { child, port, version, output, close } = await startNginx({
    configuration: 'proxy.conf',
    values: { backend, origin },
    files: { 'keys.map': callers.map(({ host, key, consumer }) => `"${host} ${key}" "${consumer}";\n`).join('') }
  })
  return {
    name: 'nginx',
    version,
    pid: child.pid!,
    origin: `http://127.0.0.1:${port}`,
    knowsClients: true,
    expectedHeaders: {},
    output,
    close
  }
}

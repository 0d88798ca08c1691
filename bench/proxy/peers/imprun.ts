import { environmentDomain } from '#shared/host.ts'
import type { Plugins } from '#shared/plugins/plugins.ts'
import type { Admin } from '../../../test/support/http.ts'
import { kindOf, launch, must, version } from '../../peers/imprun.ts'
import type { Peer } from '../../peers/peer.ts'
import * as hello from '../../scenarios/hello.ts'
import { sentKeys } from '../keys.ts'

/** The clients are shared out among them: a client is found by its key alone, but each request also meets another gateway. */
const gateways = 10

export interface BareProxy {
  /** A gateway with these plugins and nothing else. */
  withPlugins: (id: string, name: string, plugins: Plugins, headers?: Record<string, string>) => Promise<Peer>
  close: () => Promise<void>
}

export interface ImprunProxy extends BareProxy {
  /** With all that a request normally meets: key of ten thousand, CORS, limit, access record. */
  whole: Peer
}

interface Launched extends BareProxy {
  admin: Admin
  peer: (name: string, headers: Array<Record<string, string>>, expectedHeaders: Record<string, RegExp>) => Peer
  /** @returns its host */
  makeGateway: (id: string, plugins: Plugins) => Promise<string>
}

/** One edge worker: like the other peers, which have one process or thread. */
export async function start (backend: string, clients: number): Promise<ImprunProxy> {
  const { admin, peer, makeGateway, withPlugins, close } = await launchProxy(backend)
  try {
    const headers = await Promise.all(Array.from({ length: gateways }, async (_, n) => {
      const host = await makeGateway(`whole${n}`, {
        'key-auth': {}, cors: { allowOrigins: [hello.origin], allowCredentials: true }, 'limit-count': { count: 1_000_000_000, windowSeconds: 86_400, by: 'client' }
      })
      const sent: Array<Record<string, string>> = []
      for (let index = 0; index < clients / gateways; index++) {
        const { apiKey } = must(await admin('POST', `/api-gateways/whole${n}/environments/dev/clients`, { name: `Client ${index}` })).json as { apiKey: string }
        if (sent.length < sentKeys / gateways) sent.push({ host, 'x-api-key': apiKey, origin: hello.origin })
      }
      return sent
    }))
    return { whole: peer('imprun', headers.flat(), { 'access-control-allow-origin': /./, ratelimit: /./ }), withPlugins, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Without any gateway yet. @param settings of the platform, beside what all have */
export async function startBare (backend: string, settings: Record<string, string>): Promise<BareProxy> {
  const { withPlugins, close } = await launchProxy(backend, settings)
  return { withPlugins, close }
}

async function launchProxy (backend: string, settings: Record<string, string> = {}): Promise<Launched> {
  const { platform, close } = await launch({ IMPRUN_WORKERS: '1', IMPRUN_SANDBOXES: '1', IMPRUN_EGRESS_ALLOW: '127.0.0.1/32', ...settings })
  const { admin } = platform
  const found = await version()
  const peer: Launched['peer'] = (name, headers, expectedHeaders) =>
    ({ name, version: found, pid: platform.pid, kindOf, url: `${platform.dataUrl}${hello.path}`, headers, expectedBody: hello.expectedBody, expectedHeaders, output: platform.output, close: async () => {} })
  const makeGateway: Launched['makeGateway'] = async (id, plugins) => {
    must(await admin('POST', '/api-gateways', { id, name: 'Benchmark', config: { plugins } }))
    must(await admin('PUT', `/api-gateways/${id}/environments/dev/upstreams/backend`, { url: backend }))
    must(await admin('PUT', `/api-gateways/${id}/functions/hello`, { methods: ['GET'], path: hello.path, upstream: { name: 'backend' } }))
    return environmentDomain(id, 'dev', 'localhost')
  }
  return { admin, peer, makeGateway, close, withPlugins: async (id, name, plugins, extra = {}) => peer(name, [{ host: await makeGateway(id, plugins), ...extra }], {}) }
}

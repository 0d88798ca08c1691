import { environmentDomain } from '#shared/host.ts'
import type { Platform } from '../../test/support/launch.ts'
import { kindOf, launch, must, version } from '../peers/imprun.ts'
import { asProxy } from '../peers/imprun/filled.ts'
import type { Peer } from '../peers/peer.ts'
import { startBackend } from '../peers/nginx/backend.ts'
import { answers } from '../proxied/answers.ts'
import type { Bench } from '../scenario.ts'
import { otherUpstream, type Client, type PolicyCase } from './cases.ts'

/** What every other one is held against, and so is named as well. */
export const none: PolicyCase = { name: 'none', plugins: { none: {} } }

export interface PolicyGateways {
  /** A gateway of its own for each, all on one platform with one edge worker. */
  open: (cases: readonly PolicyCase[]) => Promise<Peer[]>
}

/** @param settings of the platform, beside what all have */
export async function startPolicyGateways (started: Bench['started'], settings: Readonly<Record<string, string>> = {}): Promise<PolicyGateways> {
  const backend = await startBackend()
  started.add(backend.close)
  const { platform, close } = await launch({ ...asProxy, ...settings })
  started.add(close)
  const found = await version()
  let made = 0
  return {
    open: async cases => {
      const peers: Peer[] = []
      for (const one of cases) {
        const id = `policy${made++}`
        const client = await openGateway(platform, id, one, backend.origin)
        peers.push(peerOf(platform, id, one, client, found))
      }
      return peers
    }
  }
}

/** One platform for the scenarios of a group. */
export async function sharedGateways (bench: Bench): Promise<PolicyGateways> {
  return await bench.shared('policies', async started => await startPolicyGateways(started))
}

async function openGateway ({ admin }: Platform, id: string, { plugins }: PolicyCase, backend: string): Promise<Client> {
  must(await admin('POST', '/api-gateways', { id, name: 'Benchmark' }))
  for (const upstream of ['backend', otherUpstream]) must(await admin('PUT', `/api-gateways/${id}/environments/dev/upstreams/${upstream}`, { url: backend }))
  must(await admin('PUT', `/api-gateways/${id}/functions/small`, { methods: ['GET'], path: answers.small.path, upstream: { name: 'backend' } }))
  must(await admin('PATCH', `/api-gateways/${id}/environments/dev`, { config: { plugins: { ...(Object.keys(plugins).some(name => name.endsWith('-auth')) ? {} : none.plugins), ...plugins } } }))
  const { id: clientId, apiKey } = must(await admin('POST', `/api-gateways/${id}/environments/dev/clients?wait=applied`, { name: 'Client', scopes: ['orders:read'] })).json as { id: string, apiKey: string }
  return { id: clientId, key: apiKey }
}

function peerOf (platform: Platform, id: string, { name, headers, shows = {} }: PolicyCase, client: Client, version: string): Peer {
  return {
    name,
    version,
    pid: platform.pid,
    kindOf,
    url: `${platform.dataUrl}${answers.small.path}`,
    headers: [{ host: environmentDomain(id, 'dev', 'localhost'), ...headers?.(client) }],
    expectedBody: answers.small.body,
    expectedHeaders: shows,
    output: platform.output,
    // It goes with the platform.
    close: async () => {}
  }
}

import { callerOf, callersIn, clientsOf, headersOf, origin, type Population } from '../clients/population.ts'
import { scattered } from '../clients/draw.ts'
import * as fastifyHttpProxy from '../peers/fastify-http-proxy/proxy.ts'
import * as haproxy from '../peers/haproxy/proxy.ts'
import * as imprun from '../peers/imprun/proxy.ts'
import { startBackend } from '../peers/nginx/backend.ts'
import * as nginx from '../peers/nginx/proxy.ts'
import { Unavailable, type Peer } from '../peers/peer.ts'
import * as undiciProxy from '../peers/undici-proxy/proxy.ts'
import * as varnish from '../peers/varnish/proxy.ts'
import type { Bench } from '../scenario.ts'
import type { ProxiedAnswer } from './answers.ts'
import { checkSeen } from './check.ts'
import type { Proxy, StartProxy } from './proxy.ts'

/** All that are measured: those that know clients first, and imprun last. @param mode ten thousand keys are compiled into varnish's configuration, for which it takes longer than all the others together */
export function allProxies (mode: Bench['mode']): StartProxy[] {
  return [nginx.start, haproxy.start, ...(mode === 'full' ? [varnish.start] : []), undiciProxy.start, fastifyHttpProxy.start, imprun.start]
}

/** Known to every proxy that knows any clients. */
export const population: Population = { prefix: 'shop', gateways: 10, clientsPerGateway: 1_000 }

export interface Proxies {
  /** Started in front of one backend, or why not; what one scenario has started is there for the next one. */
  get: (start: StartProxy) => Promise<Proxy | Unavailable>
}

/** Of the scenario's group. */
export async function sharedProxies (bench: Bench): Promise<Proxies> {
  return await bench.shared('proxies', async started => {
    const backend = await startBackend()
    started.add(backend.close)
    const callers = Array.from({ length: population.gateways }, (_, gateway) => callersIn(population, gateway)).flat()
    const begun = new Map<StartProxy, Proxy | Unavailable>()
    return {
      get: async start => {
        const found = begun.get(start) ?? await start({ backend: new URL(backend.origin).host, upstream: backend, population, callers }).then(proxy => {
          started.add(proxy.close)
          return proxy
        }, (error: unknown) => {
          if (error instanceof Unavailable) return error
          throw error
        })
        begun.set(start, found)
        return found
      }
    }
  })
}

/** What can be had of these, each asked for this by all of its clients in turn, in no order; what is behind it sees what it should. */
export async function peersOf (bench: Bench, starts: readonly StartProxy[], answer: ProxiedAnswer): Promise<Array<Peer | null>> {
  const proxies = await sharedProxies(bench)
  const peers: Array<Peer | null> = []
  for (const start of starts) {
    peers.push(await bench.start(async () => {
      const proxy = await proxies.get(start)
      if (proxy instanceof Unavailable) throw proxy
      await checkSeen(proxy, callerOf(population, 7_777), callerOf(population, 1))
      return peerOf(proxy, answer)
    }))
  }
  return peers
}

const headers = Array.from(scattered(clientsOf(population)), number => headersOf(callerOf(population, number)))

/** Whichever it is, it is sent the same requests. */
function peerOf ({ origin: own, knowsClients, expectedHeaders, ...proxy }: Proxy, { path, body }: ProxiedAnswer): Peer {
  const ofAll = { 'access-control-allow-origin': new RegExp(`^${RegExp.escape(origin)}$`), vary: /\borigin\b/i, 'x-request-id': /./ }
  return {
    ...proxy,
    url: `${own}${path}`,
    headers,
    expectedBody: body,
    expectedHeaders: knowsClients ? { ...ofAll, ...expectedHeaders } : expectedHeaders,
    // It goes with its group.
    close: async () => {}
  }
}

import { readFile } from 'node:fs/promises'
import { scattered } from '../../clients/draw.ts'
import { callerOf, clientsOf, environment, gatewayIdOf, headersOf, type Population } from '../../clients/population.ts'
import { headersOf as headersOfFunction, type FunctionName, type MeasuredFunction } from '../../functions/measured.ts'
import { kindOf, must, version } from '../imprun.ts'
import type { Peer } from '../peer.ts'
import { startFilled } from './filled.ts'
import { wholePipeline } from './proxy.ts'

/** All of one gateway, and so of one isolate. */
const population: Population = { prefix: 'functions', gateways: 1, clientsPerGateway: 10_000 }

const methods = { hello: 'GET', echo: 'POST', cpu: 'GET', fetch: 'GET' } as const satisfies Record<FunctionName, string>
const sources = new URL('../../functions/', import.meta.url)

export interface FunctionPlatform {
  peerFor: (fn: MeasuredFunction) => Peer
  close: () => Promise<void>
}

/**
 * The platform with one edge worker and one sandbox, and all that a request normally meets: host, one key of ten thousand, CORS, a limit, a route, the
 * access record. @param backend that the function which fetches asks
 */
export async function startFunctions (backend: string): Promise<FunctionPlatform> {
  const { platform, close } = await startFilled([population], { plugins: wholePipeline, upstream: new URL(backend).origin, endpoints: { backend: new URL(backend).pathname } })
  const { admin } = platform
  try {
    const gateway = `/api-gateways/${gatewayIdOf(population, 0)}`
    must(await admin('PUT', `${gateway}/environments/${environment}/variables/BACKEND`, { value: backend }))
    const work = await readFile(new URL('web/work.ts', sources), 'utf8')
    for (const [name, method] of Object.entries(methods)) {
      const source = await readFile(new URL(`cloud/${name}.ts`, sources), 'utf8')
      const files = { [`cloud/${name}.ts`]: source, ...(source.includes('work.ts') && { 'web/work.ts': work }) }
      must(await admin('PUT', `${gateway}/functions/${name}?deploy=false`, { methods: [method], path: `/${name}`, entrypoint: `cloud/${name}.ts`, files }))
    }
    const functions = Object.fromEntries(Object.keys(methods).map(name => [name, 1]))
    must(await admin('POST', `${gateway}/environments/${environment}/releases?wait=applied`, { functions }))
    const headers = Array.from(scattered(clientsOf(population)), number => headersOf(callerOf(population, number)))
    const found = await version()
    const peerFor: FunctionPlatform['peerFor'] = fn => ({
      name: 'imprun',
      version: found,
      pid: platform.pid,
      kindOf,
      url: `${platform.dataUrl}${fn.path}`,
      headers: headers.map(each => ({ ...each, ...headersOfFunction(fn) })),
      ...(fn.method !== undefined && { method: fn.method }),
      ...(fn.body !== undefined && { body: fn.body }),
      expectedBody: fn.expectedBody,
      expectedHeaders: { 'access-control-allow-origin': /^https:\/\/dashboard\.example$/, vary: /\borigin\b/i, ratelimit: /./, 'ratelimit-policy': /./ },
      output: platform.output,
      // The platform goes on to the next function.
      close: async () => undefined
    })
    return { peerFor, close }
  } catch (error) {
    await close()
    throw error
  }
}

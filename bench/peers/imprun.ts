import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { environmentDomain } from '#shared/host.ts'
import type { Admin, Answer } from '../../test/support/http.ts'
import { launchPlatform, type Platform } from '../../test/support/launch.ts'
import * as hello from '../scenarios/hello.ts'
import type { Peer } from './peer.ts'

export interface ImprunPeer extends Peer {
  platform: Platform
  gatewayId: string
  environment: string
  /** The same platform under the load of this one environment: its clients, its isolate. */
  alone: Peer
}

const environments = ['dev', 'staging', 'prod']

interface Place { gatewayId: string, environment: string }

export interface ImprunLoad {
  /** Each with an isolate of its own. */
  environments: number
  /** In each of them, each with its own key and its own counter. */
  clients: number
}

/**
 * The whole platform with all that a request normally meets: host, key, CORS, a limit, a route, the function in its sandbox.
 * All clients call in turn, so neighbours are requests to different environments.
 */
export async function start (load: ImprunLoad): Promise<ImprunPeer> {
  const { platform, close } = await launch()
  try {
    const places = environmentsFor(load.environments)
    const headers = await setUp(platform, places, load.clients * places.length)
    const peer: Peer = {
      name: `imprun ×${places.length}`,
      version: await version(),
      pid: platform.pid,
      kindOf,
      url: `${platform.dataUrl}${hello.path}`,
      headers,
      expectedBody: hello.expectedBody,
      expectedHeaders: {
        'access-control-allow-origin': new RegExp(`^${RegExp.escape(hello.origin)}$`),
        vary: /\borigin\b/i,
        ratelimit: /./,
        'ratelimit-policy': /./
      },
      output: platform.output,
      close
    }
    const alone: Peer = { ...peer, name: 'imprun', headers: headers.filter((_, index) => index % places.length === 0) }
    return { ...peer, platform, ...places[0]!, alone }
  } catch (error) {
    await close()
    throw error
  }
}

/** Costs nothing until `--profile` looks into all of its processes at once. */
export const profilable = ['--inspect-port=0']

/** A platform of its own, with a data directory that goes with it. */
export async function launch (settings: Record<string, string> = {}): Promise<{ platform: Platform, close: () => Promise<void> }> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'imprun-bench-'))
  const removeData = async (): Promise<void> => await rm(dataDir, { recursive: true, force: true })
  const platform = await launchPlatform({ dataDir, execArgv: profilable, env: { IMPRUN_LOG_LEVEL: 'warn', ...settings } }).catch(async (error: unknown) => {
    await removeData()
    throw error
  })
  return {
    platform,
    close: async () => {
      await platform.close()
      await removeData()
    }
  }
}

/** A gateway that asks for no key. */
export async function openGateway (admin: Admin, id: string): Promise<void> {
  must(await admin('POST', '/api-gateways', { id, name: 'Benchmark', config: { plugins: { none: {} } } }))
}

function environmentsFor (count: number): Place[] {
  return Array.from({ length: count }, (_, index) => ({
    gatewayId: `bench${Math.floor(index / environments.length)}`,
    environment: environments[index % environments.length]!
  }))
}

/** @returns what each client's requests carry; neighbours are clients of different environments */
async function setUp ({ admin }: Platform, places: Place[], clientCount: number): Promise<Array<Record<string, string>>> {
  for (const gatewayId of new Set(places.map(place => place.gatewayId))) {
    must(await admin('POST', '/api-gateways', { id: gatewayId, name: 'Benchmark', config: { plugins } }))
    must(await admin('PUT', `/api-gateways/${gatewayId}/functions/hello`, { methods: ['GET'], path: hello.path, source: hello.cloudFunction }))
  }
  for (const { gatewayId, environment } of places) {
    if (environment !== 'dev') must(await admin('POST', `/api-gateways/${gatewayId}/environments/${environment}/releases`, { from: 'dev', force: true }))
  }
  const headers: Array<Record<string, string>> = []
  for (let index = 0; index < clientCount; index++) {
    const { gatewayId, environment } = places[index % places.length]!
    const answer = must(await admin('POST', `/api-gateways/${gatewayId}/environments/${environment}/clients`, { name: `Client ${index}` }))
    const { apiKey } = answer.json as { apiKey: string }
    headers.push({ host: environmentDomain(gatewayId, environment, 'localhost'), 'x-api-key': apiKey, origin: hello.origin })
  }
  return headers
}

const plugins = {
  'key-auth': {},
  cors: { allowOrigins: [hello.origin], allowCredentials: true, exposeHeaders: ['ratelimit'] },
  'limit-count': { count: 1_000_000_000, windowSeconds: 86_400, by: 'client' }
}

/** Of the processes of one platform: control plane and supervisors are `other`. */
export function kindOf (command: string): string {
  if (command.includes('/edge/')) return 'edge'
  return command.includes('/sandbox.cjs') ? 'sandbox' : 'other'
}

export function must (answer: Answer): Answer {
  if (answer.status >= 300) throw new Error(`The admin API answered ${answer.status}: ${answer.text}`)
  return answer
}

export async function version (): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { environmentDomain } from '#shared/host.ts'
import type { Answer } from '../../test/support/http.ts'
import { launchPlatform, type Platform } from '../../test/support/launch.ts'
import * as hello from '../scenarios/hello.ts'
import type { Peer } from './peer.ts'

export interface ImprunPeer extends Peer {
  platform: Platform
  gatewayId: string
  environment: string
}

const gatewayId = 'bench'
const environment = 'dev'
/** Writes at once while the clients are made; the store commits one after the other anyway. */
const parallelWrites = 8

/**
 * The whole platform with all that a request normally meets: host, key, CORS, a limit, a route, the function in its sandbox.
 * @param clientCount how many client apps call in turn, each with its own key and its own counter
 */
export async function start (clientCount: number): Promise<ImprunPeer> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'imprun-bench-'))
  const removeData = async (): Promise<void> => await rm(dataDir, { recursive: true, force: true })
  const platform = await launchPlatform({ dataDir, env: { IMPRUN_LOG_LEVEL: 'warn' } }).catch(async (error: unknown) => {
    await removeData()
    throw error
  })
  const close = async (): Promise<void> => {
    await platform.close()
    await removeData()
  }
  try {
    const keys = await setUp(platform, clientCount)
    const host = environmentDomain(gatewayId, environment, 'localhost')
    return {
      name: 'imprun',
      version: await version(),
      pid: platform.pid,
      url: `${platform.dataUrl}${hello.path}`,
      headers: keys.map(key => ({ host, 'x-api-key': key, origin: hello.origin })),
      expectedHeaders: {
        'access-control-allow-origin': new RegExp(`^${RegExp.escape(hello.origin)}$`),
        vary: /\borigin\b/i,
        ratelimit: /./,
        'ratelimit-policy': /./
      },
      close,
      platform,
      gatewayId,
      environment
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** @returns the clients' keys */
async function setUp ({ admin }: Platform, clientCount: number): Promise<string[]> {
  const gateway = `/api-gateways/${gatewayId}`
  must(await admin('POST', '/api-gateways', { id: gatewayId, name: 'Benchmark' }))
  must(await admin('PATCH', `${gateway}/environments/${environment}`, {
    config: {
      plugins: {
        'key-auth': {},
        cors: { allowOrigins: [hello.origin], allowCredentials: true, exposeHeaders: ['ratelimit'] },
        'limit-count': { count: 1_000_000_000, windowSeconds: 86_400, by: 'client' }
      }
    }
  }))
  must(await admin('PUT', `${gateway}/functions/hello`, { methods: ['GET'], path: hello.path, source: hello.cloudFunction }))
  const keys: string[] = []
  let made = 0
  await Promise.all(Array.from({ length: parallelWrites }, async () => {
    while (made < clientCount) {
      const answer = must(await admin('POST', `${gateway}/environments/${environment}/clients`, { name: `Client ${++made}` }))
      keys.push((answer.json as { apiKey: string }).apiKey)
    }
  }))
  return keys
}

export function must (answer: Answer): Answer {
  if (answer.status >= 300) throw new Error(`The admin API answered ${answer.status}: ${answer.text}`)
  return answer
}

async function version (): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

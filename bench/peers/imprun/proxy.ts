import type { Plugins } from '#shared/plugins/plugins.ts'
import { origin } from '../../clients/population.ts'
import { answers, seenPath } from '../../proxied/answers.ts'
import type { Proxy, ProxySetting } from '../../proxied/proxy.ts'
import { kindOf, version } from '../imprun.ts'
import { startFilled } from './filled.ts'

/** What a request normally meets, beside host and route: a key, CORS and a limit of each client, which turns nobody away. */
export const wholePipeline: Plugins = {
  'key-auth': {},
  cors: { allowOrigins: [origin], allowCredentials: true },
  'limit-count': { count: 1_000_000_000, windowSeconds: 86_400, by: 'client' }
}

/** Of every gateway, all of the upstream. */
export const endpoints = { small: answers.small.path, large: answers.large.path, streamed: answers.streamed.path, seen: seenPath }

/** Of the whole pipeline, as every answer shows them. */
export const expectedHeaders = {
  'access-control-allow-origin': new RegExp(`^${RegExp.escape(origin)}$`),
  vary: /\borigin\b/i,
  'x-request-id': /./,
  ratelimit: /./,
  'ratelimit-policy': /./
}

/** The platform as `npm start` starts it, with one edge worker: the whole pipeline, and the access record. */
export async function start ({ backend, population }: ProxySetting): Promise<Proxy> {
  const { platform, close } = await startFilled([population], { plugins: wholePipeline, upstream: `http://${backend}`, endpoints })
  return {
    name: 'imprun',
    version: await version(),
    pid: platform.pid,
    kindOf,
    origin: platform.dataUrl,
    knowsClients: true,
    expectedHeaders,
    output: platform.output,
    close
  }
}

import { readFile } from 'node:fs/promises'
import { request } from 'undici'
import { gatewayDomain } from '#shared/host.ts'

export interface SampleTarget {
  controlUrl: string
  adminToken: string
  baseDomain: string
  /** Where traffic is answered. */
  domainPort: number
}

export interface Sample {
  /** A line for the shell, with a key that works. */
  curl: string
  /** Revision of the store that has all of it. */
  revision: number
}

const gatewayId = 'hello'

/** The smallest whole thing, made through the admin API as anyone would: a gateway, a function, prod, an app and its key. */
export async function createSample (target: SampleTarget): Promise<Sample> {
  const source = await readFile(new URL('hello.ts', import.meta.url), 'utf8')
  const gateway = `/v1/api-gateways/${gatewayId}`
  await call(target, 'POST', '/v1/api-gateways', { id: gatewayId, name: 'Hello', description: 'Made at the first start; delete it at will.' })
  await call(target, 'PUT', `${gateway}/functions/hello`, { methods: ['GET'], path: '/hello/:name', source })
  await call(target, 'POST', `${gateway}/environments/staging/releases`, { from: 'dev', note: 'First release' })
  await call(target, 'POST', `${gateway}/environments/prod/releases`, { from: 'staging', note: 'First release' })
  const client = await call(target, 'POST', `${gateway}/environments/prod/clients`, { name: 'Terminal' })
  const url = `http://${gatewayDomain(gatewayId, target.baseDomain)}:${target.domainPort}/hello/world`
  return { curl: `curl -H 'x-api-key: ${client.body.apiKey}' ${url}`, revision: client.revision }
}

async function call (target: SampleTarget, method: 'POST' | 'PUT', path: string, body: unknown): Promise<{ body: { apiKey?: string }, revision: number }> {
  const response = await request(`${target.controlUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${target.adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })
  const answer = await response.body.json() as { apiKey?: string, detail?: string }
  if (response.statusCode >= 300) throw new Error(`${method} ${path} answered ${response.statusCode}: ${answer.detail}`)
  return { body: answer, revision: Number(response.headers['x-imprun-revision']) }
}

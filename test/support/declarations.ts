import { request } from 'undici'
import type { Answer } from './http.ts'
import { adminToken } from './control-plane.ts'

export interface Step { action: string, resource: string, name: string, environment?: string, fields?: string[], note?: string }
export interface Plan { dryRun: boolean, changed: boolean, steps: Step[] }

export interface Declarations {
  export: (gatewayId: string, headers?: Record<string, string>) => Promise<Answer>
  /** A text is sent as YAML, anything else as JSON. */
  import: (gatewayId: string, document: string | object, query?: string, headers?: Record<string, string>) => Promise<Answer & { json: Plan }>
}

/** The two routes, which speak more than JSON. */
export function declarationsOf (url: string, token = adminToken): Declarations {
  const send = async (path: string, method: 'GET' | 'PUT', headers: Record<string, string>, body: string | null): Promise<Answer & { json: Plan }> => {
    const answer = await request(`${url}/v1/api-gateways/${path}`, { method, headers: { authorization: `Bearer ${token}`, ...headers }, body })
    const text = await answer.body.text()
    const json: unknown = /json/.test(String(answer.headers['content-type'])) && text !== '' ? JSON.parse(text) : undefined
    return { status: answer.statusCode, headers: answer.headers, text, json: json as Plan }
  }
  return {
    export: async (gatewayId, headers = {}) => await send(`${gatewayId}/export`, 'GET', headers, null),
    import: async (gatewayId, document, query = '', headers = {}) => typeof document === 'string'
      ? await send(`${gatewayId}/import${query}`, 'PUT', { 'content-type': 'application/yaml', ...headers }, document)
      : await send(`${gatewayId}/import${query}`, 'PUT', { 'content-type': 'application/json', ...headers }, JSON.stringify(document))
  }
}

/** Steps that say that something becomes otherwise, in one line each. */
export function changesOf ({ steps }: Plan): string[] {
  return steps.filter(({ action }) => action !== 'unchanged').map(({ action, resource, environment, name, fields = [] }) =>
    [action, resource, environment === undefined ? name : `${environment}/${name}`, ...fields].join(' '))
}

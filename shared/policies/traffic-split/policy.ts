import type { FieldError } from '../../errors.ts'
import type { PolicyModule, PolicyRequest } from '../policy.ts'
import type { TrafficSplitSettings } from './schema.ts'

/** Among which upstreams the requests of a rule are divided. */
export interface Split {
  /** Clients are spread anew for each rule. */
  readonly seed: string
  /** @param share from 0 up to 1 @returns `null`: where the endpoint goes by itself */
  readonly at: (share: number) => string | null
}

export const trafficSplit: PolicyModule<TrafficSplitSettings> = {
  priority: 60,
  check: ({ rules }, pointer) => rules.flatMap(({ upstreams }, index) => checkUpstreams(upstreams, `${pointer}/rules/${index}/upstreams`)),
  compile: ({ rules }) => {
    const compiled = rules.map(({ match = {}, upstreams }, index) => ({ matches: compileMatch(match), split: compileSplit(upstreams, index) }))
    return { split: request => compiled.find(({ matches }) => matches(request))?.split ?? null }
  }
}

type Rule = TrafficSplitSettings['rules'][number]

function checkUpstreams (upstreams: Rule['upstreams'], pointer: string): FieldError[] {
  const twice = upstreams.findIndex(({ name }, index) => upstreams.findIndex(other => other.name === name) < index)
  return [
    ...twice === -1 ? [] : [{ pointer: `${pointer}/${twice}/name`, detail: 'stands there twice' }],
    ...upstreams.some(({ weight }) => weight > 0) ? [] : [{ pointer, detail: 'must have a weight above 0' }]
  ]
}

function compileSplit (upstreams: Rule['upstreams'], index: number): Split {
  const sum = upstreams.reduce((total, { weight }) => total + weight, 0)
  let before = 0
  const parts = upstreams.filter(({ weight }) => weight > 0).map(({ name = null, weight }) => ({ name, end: (before += weight) / sum }))
  return { seed: `split ${index}/`, at: share => (parts.find(({ end }) => share < end) ?? parts.at(-1)!).name }
}

function compileMatch ({ headers, query, clients, routes }: NonNullable<Rule['match']>): (request: PolicyRequest) => boolean {
  const fields = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const)
  const parameters = Object.entries(query ?? {})
  const ofClients = clients === undefined ? null : new Set(clients)
  const ofRoutes = routes === undefined ? null : new Set(routes)
  return request => {
    if (ofRoutes !== null && !ofRoutes.has(request.route!.name)) return false
    if (ofClients !== null && (request.client === null || !ofClients.has(request.client.id))) return false
    if (fields.some(([name, value]) => request.headers[name] !== value)) return false
    if (parameters.length === 0) return true
    const sent = new URLSearchParams(request.query)
    return parameters.every(([name, value]) => sent.get(name) === value)
  }
}

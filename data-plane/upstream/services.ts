import type { FeedEnvironment } from '#shared/feed.ts'
import { routeName } from '#shared/names.ts'
import { secretPlace } from '#shared/secret-box.ts'
import type { OpenSecret } from '../edge/secrets.ts'
import { UpstreamService } from './service.ts'
import type { UpstreamStates } from './state.ts'

export interface ServicesSource {
  gatewayId: string
  environment: string
  value: Pick<FeedEnvironment, 'upstreams' | 'variables' | 'secrets'>
}

/** The upstreams of an environment, each made when it is first asked for, and once: however many routes go to it. `null`: there is none of that name. */
export function compileServices ({ gatewayId, environment, value }: ServicesSource, { upstreams: states, openSecret }: { upstreams: Pick<UpstreamStates, 'of'>, openSecret: OpenSecret }): (name: string) => UpstreamService | null {
  const { upstreams = {}, variables, secrets } = value
  const route = routeName(gatewayId, environment)
  const variable = {
    stored: (name: string) => find(secrets, name) ?? find(variables, name),
    open: (name: string) => {
      const sealed = find(secrets, name)
      return sealed === undefined ? find(variables, name) : openSecret(sealed, secretPlace({ gatewayId, environment }, name))
    }
  }
  const services = new Map<string, UpstreamService>()
  return name => {
    const known = services.get(name)
    if (known !== undefined) return known
    const upstream = find(upstreams, name)
    if (upstream === undefined) return null
    const service = new UpstreamService(`${route} ${name}`, route, upstream, states, variable)
    services.set(name, service)
    return service
  }
}

/** Names are not those of what every object has. */
function find<Value> (from: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(from, name) ? from[name] : undefined
}

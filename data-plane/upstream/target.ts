import type { UpstreamRoute } from '#shared/feed.ts'
import type { UpstreamTimeouts } from '#shared/upstreams.ts'
import type { ConnectionOptions } from './connection-options.ts'
import type { UpstreamService } from './service.ts'
import type { TargetState } from './state.ts'

/** Where the requests of a route go: all that can be worked out beforehand has been. */
export interface CompiledUpstream {
  readonly name: string
  /** `null`: the environment does not have it. */
  readonly service: UpstreamService | null
  /** What is asked there, behind the path of the target. It is made of what was sent, so what was matched is what goes out. */
  readonly pathOf: (path: string) => string
}

/** One server of an upstream. */
export interface Target {
  readonly url: string
  readonly address: UpstreamAddress
  /** The same for WebSockets, which are asked for over HTTP/1.1. */
  readonly upgradeAddress: UpstreamAddress
  /** Path of the URL, without a slash at its end. */
  readonly base: string
  readonly weight: number
  /** For `consistent-hash`. */
  readonly seed: number
  readonly state: TargetState
  /** Whether it may be chosen, while one is chosen. */
  isCandidate: boolean
}

export interface UpstreamAddress {
  /** Whose connections are used. */
  readonly key: string
  readonly origin: string
  readonly timeouts: UpstreamTimeouts
  readonly connections: ConnectionOptions
}

export function compileUpstream ({ path, upstream }: UpstreamRoute, services: (name: string) => UpstreamService | null): CompiledUpstream {
  const { name } = upstream
  return { name, service: services(name), pathOf: compilePath(path, upstream.path) }
}

/** A part of the path: text, or the segments of the request's that stand there, from one on to the end or one alone. */
type Part = string | { from: number, to: number | undefined }

/**
 * @param pattern of the route
 * @param template with parameters of the pattern; `undefined`: the path stays as it is
 */
export function compilePath (pattern: string, template: string | undefined): (path: string) => string {
  if (template === undefined) return path => path
  const names = pattern.split('/')
  const parts = template.split('/').slice(1).map((segment): Part => {
    if (segment === '*') return { from: names.indexOf('*'), to: undefined }
    if (!segment.startsWith(':')) return segment
    const index = names.indexOf(segment)
    return { from: index, to: index + 1 }
  })
  return path => {
    const segments = path.split('/')
    let asked = ''
    for (const part of parts) asked += `/${typeof part === 'string' ? part : segments.slice(part.from, part.to).join('/')}`
    return asked
  }
}

import type { FeedUpstream, UpstreamRoute } from '#shared/feed.ts'
import type { UpstreamTimeouts } from '#shared/upstreams.ts'

/** Where the requests of a route go: all that can be worked out beforehand has been. */
export interface CompiledUpstream {
  readonly name: string
  /** `null`: the environment does not have it. */
  readonly address: UpstreamAddress | null
  /** What is asked there. It is made of what was sent, so what was matched is what goes out. */
  readonly pathOf: (path: string) => string
}

export interface UpstreamAddress {
  /** Whose connections are used. */
  readonly key: string
  readonly origin: string
  readonly timeouts: UpstreamTimeouts
}

/** @param environment as logs call it */
export function compileUpstream (environment: string, { path, upstream }: UpstreamRoute, upstreams: Readonly<Record<string, FeedUpstream>>): CompiledUpstream {
  const { name } = upstream
  // Names are not those of what every object has.
  const found = Object.hasOwn(upstreams, name) ? upstreams[name]! : null
  if (found === null) return { name, address: null, pathOf: path => path }
  const { origin, pathname } = new URL(found.url)
  const { timeouts } = found
  const base = pathname === '/' ? '' : pathname
  return {
    name,
    address: { key: `${environment} ${timeouts.connectMs} ${origin}`, origin, timeouts },
    pathOf: compilePath(path, upstream.path, base)
  }
}

/** A part of the path: text, or the segments of the request's that stand there, from one on to the end or one alone. */
type Part = string | { from: number, to: number | undefined }

/**
 * @param pattern of the route
 * @param template with parameters of the pattern; `undefined`: the path stays as it is
 * @param base comes first
 */
export function compilePath (pattern: string, template: string | undefined, base: string): (path: string) => string {
  if (template === undefined) return base === '' ? path => path : path => base + path
  const names = pattern.split('/')
  const parts = template.split('/').slice(1).map((segment): Part => {
    if (segment === '*') return { from: names.indexOf('*'), to: undefined }
    if (!segment.startsWith(':')) return segment
    const index = names.indexOf(segment)
    return { from: index, to: index + 1 }
  })
  return path => {
    const segments = path.split('/')
    let asked = base
    for (const part of parts) asked += `/${typeof part === 'string' ? part : segments.slice(part.from, part.to).join('/')}`
    return asked
  }
}

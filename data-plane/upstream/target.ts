import type { UpstreamRoute } from '#shared/feed.ts'
import { compilePath } from '#shared/path-template.ts'
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

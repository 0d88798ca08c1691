import type { UpstreamOptions, UpstreamTarget } from './upstream-options.ts'

/** Where a route of an endpoint that is no function goes: an upstream by its name, since its address is each environment's own. */
export interface RouteUpstream {
  name: string
  /** What is asked there: a path like that of a route, with its parameters. Left out: the path of the request as it was sent. */
  path?: string
}

/** Where an upstream is, and how it is asked. Either `url` or `targets`. */
export interface UpstreamSettings extends UpstreamOptions {
  /** `http` or `https`, and nothing behind the path, which has no slash at its end. So are those of targets. */
  url?: string
  targets?: UpstreamTarget[]
  timeouts: UpstreamTimeouts
}

/** All servers of an upstream. */
export function targetsOf ({ url, targets }: Pick<UpstreamSettings, 'url' | 'targets'>): UpstreamTarget[] {
  return targets ?? (url === undefined ? [] : [{ url, weight: 1 }])
}

/** What is sent is ASCII; all else about it is for a parser of URLs to say. */
export const upstreamUrlPattern = '^https?://[!-~]+$'
export const maxUpstreamUrlLength = 1_000

/** Milliseconds. */
export interface UpstreamTimeouts {
  /** For look-up, TCP and TLS together. */
  connectMs: number
  /** From the request, as much of it as was sent last, to the head of the answer. */
  firstByteMs: number
  /** From the beginning to the last byte of the answer. A WebSocket has no end of this kind. */
  totalMs: number
  /** Of a WebSocket on which neither side says anything. Absent from what was saved before there was one. */
  idleMs?: number
}

export const upstreamTimeouts = {
  connectMs: { default: 5_000, maximum: 60_000 },
  firstByteMs: { default: 30_000, maximum: 600_000 },
  /** A day, for streams of events. */
  totalMs: { default: 120_000, maximum: 86_400_000 },
  idleMs: { default: 120_000, maximum: 86_400_000 }
} as const satisfies Record<keyof UpstreamTimeouts, { default: number, maximum: number }>

/** With the defaults for what is left out. */
export function effectiveTimeouts (asked: Partial<UpstreamTimeouts> = {}): Required<UpstreamTimeouts> {
  const { connectMs, firstByteMs, totalMs, idleMs } = upstreamTimeouts
  return {
    connectMs: asked.connectMs ?? connectMs.default,
    firstByteMs: asked.firstByteMs ?? firstByteMs.default,
    totalMs: asked.totalMs ?? totalMs.default,
    idleMs: asked.idleMs ?? idleMs.default
  }
}

/** Where functions run: what the supervisor tells the edge workers. */
export interface SandboxPlacement {
  /** Unix sockets by slot; `null`: that sandbox is being replaced, or sleeps until it is asked for. */
  sockets: ReadonlyArray<string | null>
  /** The first so many slots are for everybody. */
  shared: number
  /** Functions that run apart (see `functionOf`), and the slots they run in. */
  apart: Readonly<Record<string, number>>
}

/** What a sandbox ended by: a limit of memory, code that did not come to an end, or something else. */
export type LossReason = 'memory' | 'stall' | 'crash'

/** Why the placement is another one now. */
export type SandboxNews =
  /** `culprit` is the function whose code ran when it ended; `null`: none did. */
  | { type: 'lost', socket: string, reason: LossReason, culprit: string | null, limits: Limits }
  /** From now on this function runs apart, because it kept others waiting. */
  | { type: 'heavy', functionId: string, limits: Limits }

/** Those that were exceeded, by their names in `sandboxLimits`. */
export type Limits = Readonly<Record<string, number>>

/** All slots are for everybody. */
export function placeShared (sockets: ReadonlyArray<string | null>): SandboxPlacement {
  return { sockets, shared: sockets.length, apart: {} }
}

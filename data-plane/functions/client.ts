import { systemClock, type Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import type { Logger } from '#shared/log.ts'
import { SandboxLink } from './link.ts'
import { chooseSlot } from './rendezvous.ts'
import type { FunctionLogLine, FunctionResult, FunctionRunner } from './runner.ts'

export interface FunctionRunnerOptions {
  /** Socket paths of the sandboxes by slot; `null`: that one is being replaced. */
  sockets: ReadonlyArray<string | null>
  logger: Logger
  onLog: (line: FunctionLogLine) => void
  clock?: Clock
}

export interface SandboxedFunctionRunner extends FunctionRunner {
  /** To be called whenever a sandbox came or went. The number of slots may change. */
  setSockets: (sockets: ReadonlyArray<string | null>) => void
}

/** How exactly a call's time limit is kept: one timer looks at all calls. */
const sweepIntervalMs = 25

/** The edge's side: hands calls to the sandbox processes and keeps their time. */
export function createFunctionRunner ({ sockets, logger, onLog, clock = systemClock }: FunctionRunnerOptions): SandboxedFunctionRunner {
  let links: SandboxLink[] = []
  let isClosed = false
  let sweeper: NodeJS.Timeout | undefined

  const sweep = (): void => {
    let hasCalls = false
    const now = clock.now()
    for (const link of links) hasCalls = link.expire(now) || hasCalls
    if (hasCalls) return
    clearInterval(sweeper)
    sweeper = undefined
  }

  const setSockets = (paths: ReadonlyArray<string | null>): void => {
    if (isClosed) return
    for (const link of links.slice(paths.length)) link.close()
    links = paths.map((_path, slot) => links[slot] ?? new SandboxLink(slot, logger, onLog, clock))
    paths.forEach((path, slot) => links[slot]!.connect(path))
  }

  setSockets(sockets)
  return {
    setSockets,
    call: async (fn, call) => {
      const link = links[links.length < 2 ? 0 : chooseSlot(fn.gatewayId, links.length)]
      if (isClosed || link === undefined) throw new Problem('function_unavailable')
      sweeper ??= setInterval(sweep, sweepIntervalMs)
      return await new Promise<FunctionResult>((resolve, reject) => {
        const now = clock.now()
        link.call({ id: 0, handle: 0, fn, call, resolve, reject, startedAt: now, deadline: now + fn.timeoutMs, sends: 0 })
      })
    },
    close: async () => {
      isClosed = true
      clearInterval(sweeper)
      for (const link of links) link.close()
      await Promise.resolve()
    }
  }
}
